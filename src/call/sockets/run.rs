//! Runs a socket script.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::net::Shutdown;
use std::time::Duration;

use serde_json::{Map, Value};
use socket2::{Domain, Protocol, Socket, Type};

use super::arguments::{At, ConnectAny, Make, MakePair, Named, Recvfrom, Resolve, Send};
use super::op::Op;
use super::option;
use super::place::{from_socket2, given, port, result, to_socket2, written};
use super::scratch::Scratch;

use crate::call::ffi::errno;
use crate::call::ffi::sockaddr::Sockaddr;
use crate::call::getaddrinfo::Getaddrinfo;
use crate::call::{NoAnswer, Text};

/// How long an accept, a receive or a send may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most bytes that one receive takes.
const MOST: usize = 1 << 16;

/// Runs a script and gives what it recorded.
///
/// # Errors
/// The failure of the first operation that failed and has no label.
pub(super) fn run(script: &[Op]) -> Result<Map<String, Value>, NoAnswer> {
    let mut run = Run::default();
    for (index, op) in script.iter().enumerate() {
        let label = op.labels().first().map(|label| (*label).to_owned());
        match (run.step(op), label) {
            (Ok(()), _) => {}
            (Err(NoAnswer::Failure(failure)), Some(label)) => {
                run.values.insert(label, failure.name.into());
            }
            (Err(NoAnswer::Failure(mut failure)), None) => {
                failure.text = format!("operation {} `{op}`: {}", index + 1, failure.text);
                return Err(failure.into());
            }
            (Err(unsupported), _) => return Err(unsupported),
        }
    }
    Ok(run.values)
}

#[derive(Default)]
struct Run {
    sockets: BTreeMap<String, Socket>,
    peers: BTreeMap<String, Sockaddr>,
    resolved: BTreeMap<String, Vec<Resolved>>,
    values: Map<String, Value>,
    scratch: Scratch,
}

/// One entry of a `resolve`.
struct Resolved {
    family: c_int,
    socktype: c_int,
    protocol: c_int,
    address: Sockaddr,
}

impl Run {
    fn step(&mut self, op: &Op) -> Result<(), NoAnswer> {
        match op {
            Op::Socket(make) => self.make(make),
            Op::Socketpair(pair) => self.make_pair(pair),
            Op::Bind(at) => self.bind(at),
            Op::Connect(at) => self.connect(at),
            Op::ConnectAny(any) => self.connect_any(any),
            Op::Resolve(resolve) => self.resolve(resolve),
            Op::Listen(on) => {
                result(self.socket(&on.on)?.listen(libc::SOMAXCONN))?;
                self.done(on.label.as_ref())
            }
            Op::Accept(named) => self.accept(named),
            Op::Send(send) => self.send(send),
            Op::Sendto(at) => self.sendto(at),
            Op::Recv(named) => {
                let (text, _) = receive(self.socket(&named.on)?)?;
                self.record(Some(&named.label), text)
            }
            Op::Recvfrom(recvfrom) => self.recvfrom(recvfrom),
            Op::Getsockname(Named { on, label }) => {
                let address = self.local(on)?;
                self.record(Some(label), written(&address, false, &self.scratch))
            }
            Op::Getpeername(Named { on, label }) => {
                let address = from_socket2(&result(self.socket(on)?.peer_addr())?);
                self.record(Some(label), written(&address, false, &self.scratch))
            }
            Op::Setsockopt(set) => {
                option::set(self.socket(&set.on)?, set)?;
                self.done(set.label.as_ref())
            }
            Op::Getsockopt(get) => {
                let value = option::read(self.socket(&get.on)?, get)?;
                self.record(Some(&get.label), value)
            }
            Op::Join(join) => {
                option::join(self.socket(&join.on)?, join)?;
                self.done(join.label.as_ref())
            }
            Op::Shutdown(on) => {
                result(self.socket(&on.on)?.shutdown(Shutdown::Both))?;
                self.done(on.label.as_ref())
            }
            Op::Close(on) => match self.sockets.remove(&on.on) {
                Some(_) => self.done(on.label.as_ref()),
                None => Err(errno::failure(libc::EBADF).into()),
            },
        }
    }

    fn make(&mut self, make: &Make) -> Result<(), NoAnswer> {
        let socket = new(make.family.int()?, make.socktype.int()?, make.protocol.int()?)?;
        self.sockets.insert(make.label.clone(), socket);
        self.done(Some(&make.label))
    }

    fn make_pair(&mut self, pair: &MakePair) -> Result<(), NoAnswer> {
        let protocol = Protocol::from(pair.protocol.int()?);
        let made = Socket::pair_raw(pair.family.int()?.into(), pair.socktype.int()?.into(), Some(protocol));
        let (left, right) = match result(made) {
            Ok(sockets) => sockets,
            Err(NoAnswer::Failure(failure)) => {
                self.values.insert(pair.labels[1].clone(), failure.name.clone().into());
                return Err(failure.into());
            }
            Err(unsupported) => return Err(unsupported),
        };
        for (label, socket) in pair.labels.iter().zip([left, right]) {
            self.sockets.insert(label.clone(), patient(socket)?);
            self.done(Some(label))?;
        }
        Ok(())
    }

    fn bind(&mut self, at: &At) -> Result<(), NoAnswer> {
        let address = self.target(at)?;
        let socket = self.socket(&at.on)?;
        result(socket.bind(&to_socket2(&address)))?;
        let local = self.local(&at.on)?;
        self.record(at.label.as_ref(), written(&local, at.port != 0, &self.scratch))
    }

    fn connect(&mut self, at: &At) -> Result<(), NoAnswer> {
        let address = self.target(at)?;
        let socket = self.socket(&at.on)?;
        result(socket.connect(&to_socket2(&address)))?;
        match socket.peer_addr() {
            Ok(peer) => {
                let peer = written(&from_socket2(&peer), at.port != 0, &self.scratch);
                self.record(at.label.as_ref(), peer)
            }
            // A datagram socket that was connected to AF_UNSPEC has no peer any more.
            Err(_) => self.done(at.label.as_ref()),
        }
    }

    fn connect_any(&mut self, any: &ConnectAny) -> Result<(), NoAnswer> {
        let mut last = errno::failure(libc::EDESTADDRREQ).into();
        for entry in self.resolved.get(&any.from).into_iter().flatten() {
            let connected = new(entry.family, entry.socktype, entry.protocol).and_then(|socket| {
                result(socket.connect(&to_socket2(&entry.address)))?;
                Ok(socket)
            });
            match connected {
                Ok(socket) => {
                    let address = written(&entry.address, false, &self.scratch);
                    self.sockets.insert(any.on.clone(), socket);
                    return self.record(any.label.as_ref(), address);
                }
                Err(failed) => last = failed,
            }
        }
        Err(last)
    }

    fn resolve(&mut self, resolve: &Resolve) -> Result<(), NoAnswer> {
        let call = Getaddrinfo {
            node: resolve.node.clone(),
            service: resolve.service.clone(),
            flags: resolve.flags.clone(),
            family: resolve.family.clone(),
            socktype: resolve.socktype.clone(),
            protocol: resolve.protocol.clone(),
            hints: true,
        };
        let found = call.found()?.into_iter().filter_map(|found| {
            let (family, socktype, protocol) = (found.family, found.socktype, found.protocol);
            found.address.map(|address| Resolved { family, socktype, protocol, address })
        });
        let found: Vec<_> = found.collect();
        let addresses: Value = found.iter().map(|found| written(&found.address, false, &self.scratch)).collect();
        self.resolved.insert(resolve.label.clone(), found);
        self.record(Some(&resolve.label), addresses)
    }

    fn accept(&mut self, named: &Named) -> Result<(), NoAnswer> {
        let (socket, peer) = result(self.socket(&named.on)?.accept())?;
        self.sockets.insert(named.label.clone(), patient(socket)?);
        self.record(Some(&named.label), written(&from_socket2(&peer), false, &self.scratch))
    }

    fn send(&mut self, send: &Send) -> Result<(), NoAnswer> {
        let sent = result(self.socket(&send.on)?.send_with_flags(send.text.as_bytes(), libc::MSG_NOSIGNAL))?;
        self.record(send.label.as_ref(), sent)
    }

    fn sendto(&mut self, at: &At) -> Result<(), NoAnswer> {
        let address = to_socket2(&self.target(at)?);
        let text = at.text.as_ref().map_or(&[][..], Text::as_bytes);
        let sent = result(self.socket(&at.on)?.send_to_with_flags(text, &address, libc::MSG_NOSIGNAL))?;
        self.record(at.label.as_ref(), sent)
    }

    fn recvfrom(&mut self, recvfrom: &Recvfrom) -> Result<(), NoAnswer> {
        let (text, peer) = receive(self.socket(&recvfrom.on)?)?;
        self.peers.insert(recvfrom.from.clone(), peer);
        self.record(Some(&recvfrom.label), text)?;
        self.record(Some(&recvfrom.from), written(&peer, false, &self.scratch))
    }

    /// The address that a bind, connect or sendto is directed at.
    fn target(&mut self, at: &At) -> Result<Sockaddr, NoAnswer> {
        let learned = match (&at.to, &at.first_of) {
            (Some(to), _) if self.sockets.contains_key(to) => Some(self.local(to)?),
            (Some(to), _) => Some(*self.peers.get(to).ok_or_else(|| errno::failure(libc::EDESTADDRREQ))?),
            (None, Some(of)) => {
                let first = self.resolved.get(of).and_then(|found| found.first());
                Some(first.ok_or_else(|| errno::failure(libc::EDESTADDRREQ))?.address)
            }
            (None, None) => None,
        };
        let mut address = match learned {
            Some(learned) if at.address.is_none() => learned,
            learned => {
                let domain = result(self.socket(&at.on)?.domain())?.into();
                given(at, learned.as_ref().map_or(at.port, port), domain, &mut self.scratch)?
            }
        };
        if let Some(family) = &at.family {
            address.set_family(family.int()?);
        }
        if let Some(length) = at.length {
            address.set_length(length as usize);
        }
        Ok(address)
    }

    fn socket(&self, label: &str) -> Result<&Socket, NoAnswer> {
        self.sockets.get(label).ok_or_else(|| errno::failure(libc::EBADF).into())
    }

    fn local(&self, label: &str) -> Result<Sockaddr, NoAnswer> {
        Ok(from_socket2(&result(self.socket(label)?.local_addr())?))
    }

    /// Records that an operation without a value of its own worked.
    fn done(&mut self, label: Option<&String>) -> Result<(), NoAnswer> {
        self.record(label, "ok")
    }

    fn record(&mut self, label: Option<&String>, value: impl Into<Value>) -> Result<(), NoAnswer> {
        if let Some(label) = label {
            self.values.insert(label.clone(), value.into());
        }
        Ok(())
    }
}

fn new(family: c_int, socktype: c_int, protocol: c_int) -> Result<Socket, NoAnswer> {
    patient(result(Socket::new_raw(Domain::from(family), Type::from(socktype), Some(Protocol::from(protocol))))?)
}

/// A socket that gives up waiting in time.
fn patient(socket: Socket) -> Result<Socket, NoAnswer> {
    result(socket.set_read_timeout(Some(PATIENCE)))?;
    result(socket.set_write_timeout(Some(PATIENCE)))?;
    Ok(socket)
}

fn receive(socket: &Socket) -> Result<(String, Sockaddr), NoAnswer> {
    let mut text = Vec::with_capacity(MOST);
    let (received, peer) = result(socket.recv_from(text.spare_capacity_mut()))?;
    // SAFETY: as many bytes were written.
    unsafe { text.set_len(received) };
    Ok((String::from_utf8_lossy(&text).into_owned(), from_socket2(&peer)))
}
