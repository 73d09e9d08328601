use super::*;

#[test]
fn an_error_is_one_pointer_and_can_cross_threads() {
    fn assert_bounds<T: Send + Sync + 'static>() {}
    assert_bounds::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
}

#[test]
fn display_tells_what_where_and_what_to_do() {
    let error = Error::network("connection refused")
        .with_context("while listing models")
        .with_request(&Method::GET, "https://u:p@h/x?X-Amz-Signature=abc&a=1")
        .with_attempts(3, Duration::from_millis(2_140))
        .with_hint("is the Hub reachable?");
    assert_eq!(
        error.to_string(),
        "while listing models: connection refused\n\
         Request: GET https://h/x?X-Amz-Signature=[redacted]&a=1, sent 3 times in 2.1 s\n\
         Hint: is the Hub reachable?"
    );
    assert!(error.is_retryable() && !error.is_auth());
}

#[test]
fn debug_shows_the_message_and_its_causes_and_never_a_secret() {
    let cause = Error::io("cannot read /x", std::io::Error::other("disk on fire"));
    let error = Error::network("it broke")
        .with_request(&Method::GET, "https://u:pw@h/x?token=s3cr3t")
        .with_source(cause);
    assert_eq!(
        format!("{error:?}"),
        "Network: it broke\nRequest: GET https://h/x?token=[redacted]\n\
         Caused by: cannot read /x: disk on fire"
    );
    let fields = format!("{error:#?}");
    assert!(fields.contains("kind: Network") && fields.contains("disk on fire"));
    assert!(!fields.contains("s3cr3t") && !fields.contains("pw"));
}

#[test]
fn a_clone_loses_nothing() {
    let mut error = Error::new(ErrorKind::Forbidden, "no")
        .with_context("while trying")
        .with_hint("ask")
        .with_status(StatusCode::FORBIDDEN)
        .with_retry_after(Duration::from_secs(3))
        .with_retryability(Retryability::Always)
        .with_request(&Method::PUT, "https://h/x")
        .with_attempts(4, Duration::from_secs(9))
        .with_source(std::io::Error::other("cause"));
    error.0.request_id = Some("id".to_owned());
    error.0.error_code = Some("Code".to_owned());
    error.0.server_messages = vec!["words".to_owned()];
    error.0.body = Bytes::from_static(b"body");
    let copy = error.clone();
    assert_eq!(format!("{copy:#?}"), format!("{error:#?}"));
    assert_eq!(copy.body(), error.body());
    assert_eq!(
        std::error::Error::source(&copy).unwrap().to_string(),
        "cause"
    );
}

#[test]
fn a_stranger_s_error_is_retried_only_if_it_is_of_the_network() {
    #[derive(Debug)]
    struct Mine;
    impl fmt::Display for Mine {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("my layer said no")
        }
    }
    impl std::error::Error for Mine {}
    let io = |kind| BoxError::from(std::io::Error::from(kind));
    for (error, kind, retried) in [
        (BoxError::from(Mine), ErrorKind::Layer, false),
        (BoxError::from("text"), ErrorKind::Layer, false),
        (
            io(std::io::ErrorKind::PermissionDenied),
            ErrorKind::Layer,
            false,
        ),
        (
            io(std::io::ErrorKind::ConnectionReset),
            ErrorKind::Network,
            true,
        ),
        (io(std::io::ErrorKind::TimedOut), ErrorKind::Timeout, true),
        (
            tower::timeout::error::Elapsed::new().into(),
            ErrorKind::Timeout,
            true,
        ),
        (
            Error::new(ErrorKind::Layer, "again, please")
                .with_retryability(Retryability::Always)
                .into(),
            ErrorKind::Layer,
            true,
        ),
    ] {
        let shown = error.to_string();
        let error = Error::from(error);
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (kind, retried),
            "{shown}"
        );
        assert_eq!(error.is_timeout(), kind == ErrorKind::Timeout);
    }
}

#[test]
fn kinds_have_their_own_names() {
    for kind in ErrorKind::ALL {
        assert_eq!(kind.as_str(), format!("{kind:?}"));
    }
    assert_eq!(ErrorKind::ALL.len(), 39);
}
