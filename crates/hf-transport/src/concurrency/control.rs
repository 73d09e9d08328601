//! How many requests one host takes at once: the decision, without I/O.

use std::time::Duration;

use tokio::time::Instant;

use super::ConcurrencyConfig;

/// A round in which so little happened says nothing yet, and goes on.
const MIN_ROUND: Duration = Duration::from_millis(5);
/// A round ends after this long even if fewer requests have ended: transfers of large bodies take long.
const MAX_ROUND: Duration = Duration::from_millis(500);
/// Requests end in bursts, so the throughput of a short round is rough. Once large steps are over, a round is this many times
/// as long.
const LONG_ROUND: u32 = 4;
/// What the end of a request counts beside its bytes. For requests smaller than this, their number is what matters; for
/// larger ones, their bytes.
const REQUEST_COST: u64 = 64 << 10;
/// This multiple of the throughput must come of twice the requests at once.
const WORTH_DOUBLING: f64 = 1.3;
/// This multiple of the throughput must come of a quarter more requests at once.
const WORTH_A_STEP: f64 = 1.1;
/// From so many requests at once on, more are tried only if requests do not wait for each other: each connection costs
/// both sides, and a near host is busy with fewer.
const MANY: usize = 32;
/// Requests wait for each other if they take this many times as long as the fastest.
const QUEUEING: u32 = 3;
/// Rounds without growth after more requests brought nothing, or after the host was overloaded.
const HOLD: u32 = 8;

/// The limit of one host.
#[derive(Debug)]
pub(super) struct Control {
    config: ConcurrencyConfig,
    limit: usize,
    /// The limit and the throughput of the last round that counted.
    before: Option<(usize, f64)>,
    /// Until the first sign that the host has enough, each round doubles the limit.
    starting: bool,
    /// Rounds to go without growth.
    hold: u32,
    /// The shortest time that a request took.
    fastest: Option<Duration>,
    round: Round,
    /// A request that began before the last decrease says nothing about what came of it.
    decreased: Option<Instant>,
}

#[derive(Debug)]
struct Round {
    began: Instant,
    /// Bytes, and [`REQUEST_COST`] for each request that ended.
    work: u64,
    ended: usize,
    /// How long all that have ended took together.
    took: Duration,
    /// Somebody waited: the limit was what held the work up.
    saturated: bool,
}

impl Round {
    fn new(now: Instant, saturated: bool) -> Self {
        Self {
            began: now,
            work: 0,
            ended: 0,
            took: Duration::ZERO,
            saturated,
        }
    }
}

impl Control {
    pub(super) fn new(config: ConcurrencyConfig, now: Instant) -> Self {
        Self {
            limit: config.initial(),
            config,
            before: None,
            starting: true,
            hold: 0,
            fastest: None,
            round: Round::new(now, false),
            decreased: None,
        }
    }

    /// The requests that may be in flight.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Somebody wants to send a request and has to wait. The time until now, in which the limit was not reached, does not
    /// count.
    pub(super) fn waited(&mut self, now: Instant) {
        if !self.round.saturated {
            self.round = Round::new(now, true);
        }
    }

    /// Bytes of a request that goes on have arrived, or were sent.
    pub(super) fn progressed(&mut self, now: Instant, bytes: u64, waiting: bool) {
        self.round.work += bytes;
        self.end_round(now, waiting);
    }

    /// A request that began at `began` has ended, and the host is not overloaded.
    pub(super) fn succeeded(&mut self, now: Instant, began: Instant, waiting: bool) {
        let took = now.duration_since(began);
        self.fastest = Some(self.fastest.map_or(took, |fastest| fastest.min(took)));
        self.round.took += took;
        self.round.work += REQUEST_COST;
        self.round.ended += 1;
        self.end_round(now, waiting);
    }

    /// A request that began at `began` has failed because the host, or the way to it, has too much to do.
    pub(super) fn overloaded(&mut self, now: Instant, began: Instant, waiting: bool) {
        if self.decreased.is_some_and(|at| began < at) {
            // It was sent together with the one that led to the last decrease.
            return;
        }
        self.decreased = Some(now);
        self.limit = (self.limit / 2).max(self.config.min());
        self.starting = false;
        self.hold = HOLD;
        self.before = None;
        self.round = Round::new(now, waiting);
    }

    fn end_round(&mut self, now: Instant, waiting: bool) {
        let elapsed = now.duration_since(self.round.began);
        let length = if self.starting { 1 } else { LONG_ROUND };
        let ended = self.round.ended >= self.limit * length as usize;
        if !(ended && elapsed >= MIN_ROUND) && elapsed < MAX_ROUND * length {
            return;
        }
        let round = std::mem::replace(&mut self.round, Round::new(now, waiting));
        if !round.saturated {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = round.work as f64 / elapsed.as_secs_f64();
        let queueing = self.fastest.is_some_and(|fastest| {
            let ended = u32::try_from(round.ended).unwrap_or(u32::MAX);
            round.took > fastest.saturating_mul(ended.saturating_mul(QUEUEING))
        });
        self.decide(rate, queueing);
    }

    fn decide(&mut self, rate: f64, queueing: bool) {
        let (limit, before) = (self.limit, self.before.replace((self.limit, rate)));
        if self.hold > 0 {
            self.hold -= 1;
            return;
        }
        let worthwhile = if self.starting {
            WORTH_DOUBLING
        } else {
            WORTH_A_STEP
        };
        let larger = match before {
            // The last step up brought nothing: back, and no other for some time.
            Some((smaller, slower)) if smaller < limit && rate < slower * worthwhile => {
                self.limit = smaller;
                self.starting = false;
                self.hold = HOLD;
                return;
            }
            _ if queueing && limit >= MANY => return,
            _ if self.starting => limit * 2,
            _ => limit + (limit / 4).max(1),
        };
        self.limit = larger.min(self.config.max());
    }
}
