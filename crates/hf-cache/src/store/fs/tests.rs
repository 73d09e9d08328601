use super::faults::{Faults, Op};
use super::*;
use rustix::io::Errno;

const PART: usize = 4096;
const PARTS: usize = 500;

#[test]
fn two_threads_write_and_read_one_file_without_disturbing_each_other() {
    let file = tempfile::tempfile().unwrap();
    write_all_at(&file, &[7; PART], 0).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 1..PARTS {
                write_all_at(&file, &[7; PART], (i * PART) as u64).unwrap();
            }
        });
        for _ in 0..PARTS {
            let mut buffer = [0; PART];
            read_exact_at(&file, &mut buffer, 0).unwrap();
            assert_eq!(buffer, [7; PART]);
        }
    });
    assert_eq!(file.metadata().unwrap().len(), (PARTS * PART) as u64);
    let mut all = vec![0; PART * PARTS];
    read_exact_at(&file, &mut all, 0).unwrap();
    assert!(all.iter().all(|b| *b == 7));
    assert!(read_exact_at(&file, &mut [0], (PARTS * PART) as u64).is_err());
}

#[test]
fn short_writes_are_continued() {
    let dir = tempfile::tempdir().unwrap();
    let _faults = Faults::below(dir.path()).short_writes(3);
    let file = create_new(&dir.path().join("f")).unwrap();
    write_all_at(&file, b"ten bytes!", 5).unwrap();
    assert_eq!(
        read(&dir.path().join("f")).unwrap(),
        b"\0\0\0\0\0ten bytes!"
    );
}

#[test]
fn a_descriptor_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let faults = Faults::below(dir.path()).fail_times(Op::Open, "", Errno::MFILE, 3);
    create_new(&dir.path().join("f")).unwrap();
    assert_eq!(faults.log().len(), 4);
    let _denied = faults.fail(Op::Open, Errno::ACCESS);
    assert!(read(&dir.path().join("f")).is_err());
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    for path in [fifo.as_path(), dir.path()] {
        let err = read(path).unwrap_err();
        assert_eq!(err.kind(), io::ErrorKind::InvalidInput, "{path:?}: {err}");
    }
}

#[test]
fn a_copy_is_made_where_modes_cannot_be_set() {
    let dir = tempfile::tempdir().unwrap();
    let _faults = Faults::below(dir.path()).fail(Op::SetMode, Errno::PERM);
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    std::fs::write(&from, "content").unwrap();
    std::fs::set_permissions(&from, std::os::unix::fs::PermissionsExt::from_mode(0o444)).unwrap();
    assert_eq!(copy_content(&from, &to).unwrap(), 7);
    assert!(!metadata(&to).unwrap().permissions().readonly());
}
