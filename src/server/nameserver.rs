//! One nameserver address of one world: answers a message, lets the faults decide what becomes of the reply, and notes
//! it. Touches no socket: that is left to `udp` and `tcp`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::current::Current;
use super::forward::{self, Forwarded};
use super::log::{Log, Plain, Times, UNDECIDED};
use super::pulse::Pulse;
use super::query;
use super::zone::Zones;
use crate::fault::message::word;
use crate::fault::{Accept, Apply, Exchange, Fault, Kind, Neglect, Plan, Send, Stream};
use crate::outcome::{Sent, Transport};

/// What all nameservers of a world have in common.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) log: Arc<Log>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) zones: Current<Zones>,
    /// Who is asked for names outside all zones; nobody: they are refused.
    pub(super) fall_through: Current<Vec<SocketAddr>>,
}

/// One nameserver address, and what it has seen so far.
#[derive(Debug)]
pub(super) struct Nameserver {
    pub(super) address: IpAddr,
    pub(super) log: Arc<Log>,
    common: Arc<Common>,
    faults: Current<Vec<Counted>>,
    /// The id of the query before, above 16 bits where there was none.
    previous: AtomicU32,
}

/// A fault, and how many queries, or streams, have passed its filter but for `nth`.
#[derive(Debug)]
struct Counted {
    fault: Fault,
    count: AtomicU32,
}

impl Counted {
    /// Whether it is for the next one.
    fn is_next(&self) -> bool {
        self.fault.on.counts(self.count.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// What comes of a query at first.
#[derive(Debug)]
pub(super) enum Taken {
    /// It is decided.
    Task(Task),
    /// It is asked outside before that is decided.
    Outside(Box<Outside>),
}

/// What is to be done about one query.
#[derive(Debug)]
pub(super) struct Task {
    /// The query's number in the log.
    pub(super) number: usize,
    /// When it was read.
    pub(super) arrived: Instant,
    /// What is to be sent, and what is to be noted then.
    pub(super) sends: Vec<(Send, Sent)>,
    /// How it goes out on a stream.
    pub(super) stream: Stream,
    /// How long after its arrival the stream ends where nothing is sent.
    pub(super) ends: Duration,
}

/// A query that is asked outside. Which faults are for it was decided when it arrived.
#[derive(Debug)]
pub(super) struct Outside {
    number: usize,
    arrived: Instant,
    message: Vec<u8>,
    name: String,
    qtype: String,
    transport: Transport,
    previous: Option<u16>,
    /// What is said where nobody outside says anything, but for its code.
    refusal: Vec<u8>,
    kinds: Vec<Kind>,
    to: Arc<Vec<SocketAddr>>,
}

impl Outside {
    /// Asks.
    pub(super) async fn ask(self: Box<Self>) -> (Box<Self>, Forwarded) {
        let came = forward::forward(&self.message, self.transport, &self.to).await;
        (self, came)
    }
}

impl Nameserver {
    /// A nameserver without faults.
    pub(super) fn new(address: IpAddr, common: &Arc<Common>) -> Self {
        let (log, common) = (common.log.clone(), common.clone());
        Self { address, log, common, faults: Current::new(Vec::new()), previous: AtomicU32::new(u32::MAX) }
    }

    /// Puts these faults in the place of those before, as far as they are for this nameserver. Their counts begin anew.
    pub(super) fn set_faults(&self, faults: &[Fault]) {
        let own = faults.iter().filter(|fault| fault.on.server.is_none_or(|server| server == self.address));
        let counted = own.map(|fault| Counted { fault: fault.clone(), count: AtomicU32::new(0) });
        self.faults.set(counted.collect::<Vec<_>>());
    }

    /// Puts the right reply to a datagram in the place of what is in the buffer, where no fault is for the query and nobody
    /// outside is asked about it: all that is to be done is to send it, and to note that with [`replied`](Self::replied). Gives
    /// back whether the name is outside all zones. Nothing: see [`take`](Self::take).
    pub(super) fn ready(&self, query: &[u8], reply: &mut Vec<u8>) -> Option<bool> {
        if !self.faults.get().iter().all(|counted| matches!(counted.fault.kind, Kind::Accept(_))) {
            return None;
        }
        let outside = self.common.zones.get().reply(query, Transport::Udp, self.address, reply);
        let asks = outside && !self.common.fall_through.get().is_empty();
        (!asks && !reply.is_empty()).then_some(outside)
    }

    /// Notes a query whose ready reply has just been sent.
    pub(super) fn replied(&self, query: &[u8], reply: &[u8], outside: bool, source: SocketAddr, arrived: Instant) {
        let (sent, lag) = (Instant::now(), self.common.pulse.lag(arrived));
        self.previous.store(word(query, 0).map_or(u32::MAX, u32::from), Ordering::Relaxed);
        self.log.push_plain(Plain::new(self.address, source, query, reply, outside), Times { arrived, sent, lag });
    }

    /// Decides what is done about a message, and notes it.
    pub(super) fn take(&self, message: &[u8], transport: Transport, source: SocketAddr) -> Taken {
        let arrived = Instant::now();
        let mut right = Vec::new();
        let outside = self.common.zones.get().reply(message, transport, self.address, &mut right);
        let mut seen = query::seen(message, self.address, transport, source);
        let readable = |text: &str| if text == "?" { String::new() } else { text.to_owned() };
        let (name, qtype) = (readable(&seen.name).to_ascii_lowercase(), readable(&seen.qtype));
        let exchange = Exchange {
            query: message,
            name: &name,
            qtype: &qtype,
            transport,
            server: self.address,
            edns: seen.edns.is_some(),
            previous: u16::try_from(self.previous.swap(seen.id.into(), Ordering::Relaxed)).ok(),
        };
        let faults = self.faults.get();
        let queries = faults.iter().filter(|counted| !matches!(counted.fault.kind, Kind::Accept(_)));
        let own = queries.filter(|counted| counted.fault.on.matches(&exchange) && counted.is_next());
        let kinds = own.map(|counted| &counted.fault.kind);
        (seen.outside, seen.late) = (outside, self.common.pulse.lag(arrived));
        let to = outside.then(|| self.common.fall_through.get()).filter(|to| !to.is_empty());
        if let Some(to) = to {
            let (kinds, previous) = (kinds.cloned().collect(), exchange.previous);
            UNDECIDED.clone_into(&mut seen.reply);
            let (number, message, refusal) = (self.log.push(arrived, seen), message.to_vec(), right);
            return Taken::Outside(Box::new(Outside {
                number,
                arrived,
                message,
                name,
                qtype,
                transport,
                previous,
                refusal,
                kinds,
                to,
            }));
        }
        let told = query::told(&right, outside);
        let (plan, words) = plan(&exchange, kinds, right, told);
        seen.reply = words;
        Taken::Task(self.task(plan, message, self.log.push(arrived, seen), arrived))
    }

    /// Decides what is done about a query that was asked outside, and notes it.
    pub(super) fn decide(&self, asked: Outside, came: Forwarded) -> Task {
        let exchange = Exchange {
            query: &asked.message,
            name: &asked.name,
            qtype: &asked.qtype,
            transport: asked.transport,
            server: self.address,
            edns: query::has_edns(&asked.message),
            previous: asked.previous,
        };
        let right = came.reply.unwrap_or_else(|| query::failed(asked.refusal));
        let told = format!("{} ({})", query::reply(&right), came.by);
        let (plan, words) = plan(&exchange, asked.kinds.iter(), right, told);
        self.log.decide(asked.number, words);
        self.task(plan, &asked.message, asked.number, asked.arrived)
    }

    fn task(&self, plan: Plan, message: &[u8], number: usize, arrived: Instant) -> Task {
        let Plan { sends, stream, ends, .. } = plan;
        let sends = sends.into_iter().map(|send| {
            let sent = query::message(message, &send, self.address);
            (send, sent)
        });
        Task { number, arrived, sends: sends.collect(), stream, ends }
    }

    /// What becomes of the next stream before it is read, if anything.
    pub(super) fn accept(&self) -> Option<Accept> {
        let mut found = None;
        for counted in self.faults.get().iter() {
            let Kind::Accept(accept) = &counted.fault.kind else { continue };
            if counted.is_next() && found.is_none() && accept.how != Neglect::Full {
                found = Some(accept.clone());
            }
        }
        found
    }

    /// What has to come before the first stream is taken, if anything.
    pub(super) fn full(&self) -> Option<Accept> {
        self.faults.get().iter().find_map(|counted| match &counted.fault.kind {
            Kind::Accept(accept) if accept.how == Neglect::Full => Some(accept.clone()),
            _ => None,
        })
    }

    /// Notes that a message for the query has been sent, `planned` being when it should have.
    pub(super) fn sent(&self, number: usize, planned: Instant, sent: Sent, result: std::io::Result<()>) {
        self.log.late(number, planned.elapsed());
        match result {
            Ok(()) => self.log.sent(number, Instant::now(), sent),
            Err(error) => self.log.remark(number, &format!("not sent: {error}")),
        }
    }
}

/// What the faults make of the right reply, which is `told` like this, and that in words for the wire log.
fn plan<'k>(
    exchange: &Exchange<'_>,
    kinds: impl Iterator<Item = &'k Kind>,
    right: Vec<u8>,
    told: String,
) -> (Plan, String) {
    let mut plan = Plan::reply(right);
    if plan.sends[0].bytes.is_empty() {
        plan.sends.clear();
    }
    kinds.for_each(|kind| kind.apply(exchange, &mut plan));
    if plan.notes.is_empty() || !plan.sends.is_empty() {
        plan.notes.insert(0, told);
    }
    let words = plan.notes.join("; ");
    (plan, words)
}
