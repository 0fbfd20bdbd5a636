//! One nameserver address of one world: answers a message, lets the faults decide what becomes of the reply, and notes
//! it. Touches no socket: that is left to `udp` and `tcp`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::pulse::Pulse;
use super::query::{self, Log};
use super::zone::Zones;
use crate::fault::{Accept, Apply, Exchange, Fault, Kind, Neglect, Plan, Send, Stream};
use crate::outcome::{Sent, Transport};

/// One nameserver address, and what it has seen so far.
#[derive(Debug)]
pub(super) struct Nameserver {
    pub(super) address: IpAddr,
    pub(super) log: Arc<Log>,
    zones: Arc<Zones>,
    pulse: Arc<Pulse>,
    /// Each fault, and how many queries, or streams, have passed its filter but for `nth`.
    faults: Vec<(Fault, AtomicU32)>,
    /// The id of the query before, above 16 bits where there was none.
    previous: AtomicU32,
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

impl Nameserver {
    pub(super) fn new(address: IpAddr, zones: Arc<Zones>, faults: &[Fault], log: Arc<Log>, pulse: Arc<Pulse>) -> Self {
        let faults = faults.iter().map(|fault| (fault.clone(), AtomicU32::new(0))).collect();
        Self { address, log, zones, pulse, faults, previous: AtomicU32::new(u32::MAX) }
    }

    /// Decides what is done about a message, and notes it.
    pub(super) fn take(&self, message: &[u8], transport: Transport, source: SocketAddr) -> Task {
        let arrived = Instant::now();
        let answer = self.zones.reply(message, transport, self.address);
        let mut seen = query::seen(message, self.address, transport, source);
        let mut plan = Plan::reply(answer.bytes);
        if plan.sends[0].bytes.is_empty() {
            plan.sends.clear();
        }
        let right = query::reply(plan.sends.first().map_or(&[][..], |send| &send.bytes), answer.outside);
        let readable = |text: &str| if text == "?" { String::new() } else { text.to_owned() };
        let exchange = Exchange {
            query: message,
            name: &readable(&seen.name).to_ascii_lowercase(),
            qtype: &readable(&seen.qtype),
            transport,
            server: self.address,
            edns: seen.edns.is_some(),
            previous: u16::try_from(self.previous.swap(seen.id.into(), Ordering::Relaxed)).ok(),
        };
        for (fault, count) in &self.faults {
            if fault.on.matches(&exchange) && fault.on.counts(count.fetch_add(1, Ordering::Relaxed) + 1) {
                fault.kind.apply(&exchange, &mut plan);
            }
        }
        let Plan { sends, stream, ends, notes: mut words } = plan;
        if words.is_empty() || !sends.is_empty() {
            words.insert(0, right);
        }
        (seen.reply, seen.outside, seen.late) = (words.join("; "), answer.outside, self.pulse.lag(arrived));
        let sends = sends.into_iter().map(|send| {
            let sent = query::message(message, &send, self.address);
            (send, sent)
        });
        let sends = sends.collect();
        Task { number: self.log.push(arrived, seen), arrived, sends, stream, ends }
    }

    /// What becomes of the next stream before it is read, if anything.
    pub(super) fn accept(&self) -> Option<&Accept> {
        let mut found = None;
        for (fault, count) in &self.faults {
            let Kind::Accept(accept) = &fault.kind else { continue };
            let number = count.fetch_add(1, Ordering::Relaxed) + 1;
            if found.is_none() && accept.how != Neglect::Full && fault.on.counts(number) {
                found = Some(accept);
            }
        }
        found
    }

    /// What has to come before the first stream is taken, if anything.
    pub(super) fn full(&self) -> Option<&Accept> {
        let accepts = self.faults.iter().filter_map(|(fault, _)| match &fault.kind {
            Kind::Accept(accept) => Some(accept),
            _ => None,
        });
        accepts.into_iter().find(|accept| accept.how == Neglect::Full)
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
