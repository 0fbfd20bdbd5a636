//! Runs a socket script.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::net::Shutdown;
use std::time::Duration;

use serde_json::{Map, Value};
use socket2::{Domain, Protocol, Socket, Type};

use super::arguments::{At, ConnectAny, Make, MakePair, Named, Recvfrom, Resolve, Send, SocketEach};
use super::elsewhere::elsewhere;
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
/// What an operation records that worked and has no value of its own.
const DONE: &str = "ok";
/// The most bytes that one receive takes.
const MOST: usize = 1 << 16;

/// Runs a script and gives what it recorded.
///
/// # Errors
/// The failure of the first operation that failed and has no label.
pub(super) fn run(script: &[Op]) -> Result<Map<String, Value>, NoAnswer> {
    let mut run = Run::default();
    for (index, op) in script.iter().enumerate() {
        let labels = match op {
            // Its `from` is known only where something was received.
            Op::Recvfrom(recvfrom) => vec![recvfrom.label.as_str()],
            // Its `vector` is recorded apart.
            Op::Socketpair(pair) => pair.labels.iter().map(String::as_str).collect(),
            op => op.labels(),
        };
        let value = match run.step(op) {
            Ok(value) => value,
            Err(NoAnswer::Failure(mut failure)) if labels.is_empty() => {
                failure.text = format!("operation {} `{op}`: {}", index + 1, failure.text);
                return Err(failure.into());
            }
            Err(NoAnswer::Failure(failure)) => failure.name.into(),
            Err(unsupported) => return Err(unsupported),
        };
        run.values.extend(labels.into_iter().map(|label| (label.to_owned(), value.clone())));
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
    /// Does one operation and gives what its label records.
    fn step(&mut self, op: &Op) -> Result<Value, NoAnswer> {
        match op {
            Op::Socket(make) => self.make(make)?,
            Op::Socketpair(pair) => self.make_pair(pair)?,
            Op::Bind(at) => return self.bind(at),
            Op::Connect(at) => return self.connect(at),
            Op::ConnectAny(any) => return self.connect_any(any),
            Op::SocketEach(each) => return self.socket_each(each),
            Op::Resolve(resolve) => return self.resolve(resolve),
            Op::Listen(on) => result(self.socket(&on.on)?.listen(libc::SOMAXCONN))?,
            Op::Accept(named) => return self.accept(named),
            Op::Send(send) => return self.send(send),
            Op::Sendto(at) => return self.sendto(at),
            Op::Recv(named) => return Ok(receive(self.socket(&named.on)?)?.0.into()),
            Op::Recvfrom(recvfrom) => return self.recvfrom(recvfrom),
            Op::Getsockname(named) => return Ok(self.written(&self.local(&named.on)?, false)),
            Op::Getpeername(named) => {
                let peer = result(self.socket(&named.on)?.peer_addr())?;
                return Ok(self.written(&from_socket2(&peer), false));
            }
            Op::Setsockopt(set) => option::set(self.socket(&set.on)?, set)?,
            Op::Getsockopt(get) => return option::read(self.socket(&get.on)?, get),
            Op::Join(join) => option::join(self.socket(&join.on)?, join)?,
            Op::Shutdown(on) => result(self.socket(&on.on)?.shutdown(Shutdown::Both))?,
            Op::Close(on) => drop(self.sockets.remove(&on.on).ok_or_else(|| errno::failure(libc::EBADF))?),
        }
        Ok(DONE.into())
    }

    fn make(&mut self, make: &Make) -> Result<(), NoAnswer> {
        let (family, socktype, protocol) = (make.family.int()?, make.socktype.int()?, make.protocol.int()?);
        let socket =
            if make.elsewhere { elsewhere(family, socktype, protocol) } else { new(family, socktype, protocol) }?;
        self.sockets.insert(make.label.clone(), socket);
        Ok(())
    }

    fn make_pair(&mut self, pair: &MakePair) -> Result<(), NoAnswer> {
        let protocol = Protocol::from(pair.protocol.int()?);
        if let Some(label) = &pair.vector {
            let vector = vector_after(pair.family.int()?, pair.socktype.int()?, protocol.into());
            self.values.insert(label.clone(), vector.into());
        }
        let made = Socket::pair_raw(pair.family.int()?.into(), pair.socktype.int()?.into(), Some(protocol));
        let (left, right) = result(made)?;
        for (label, socket) in pair.labels.iter().zip([left, right]) {
            self.sockets.insert(label.clone(), patient(socket)?);
        }
        Ok(())
    }

    fn bind(&mut self, at: &At) -> Result<Value, NoAnswer> {
        let address = self.target(at)?;
        result(self.socket(&at.on)?.bind(&to_socket2(&address)))?;
        Ok(self.written(&self.local(&at.on)?, at.port != 0))
    }

    fn connect(&mut self, at: &At) -> Result<Value, NoAnswer> {
        let address = self.target(at)?;
        let socket = self.socket(&at.on)?;
        result(socket.connect(&to_socket2(&address)))?;
        // A datagram socket that was connected to AF_UNSPEC has no peer any more.
        let peer = socket.peer_addr().map(|peer| self.written(&from_socket2(&peer), at.port != 0));
        Ok(peer.unwrap_or_else(|_| DONE.into()))
    }

    fn connect_any(&mut self, any: &ConnectAny) -> Result<Value, NoAnswer> {
        let mut last = errno::failure(libc::EDESTADDRREQ).into();
        for entry in self.resolved.get(&any.from).into_iter().flatten() {
            let connected = new(entry.family, entry.socktype, entry.protocol).and_then(|socket| {
                result(socket.connect(&to_socket2(&entry.address)))?;
                Ok(socket)
            });
            match connected {
                Ok(socket) => {
                    let address = self.written(&entry.address, false);
                    self.sockets.insert(any.on.clone(), socket);
                    return Ok(address);
                }
                Err(failed) => last = failed,
            }
        }
        Err(last)
    }

    /// Makes a socket for each entry and keeps none, so that no address is in the way of another.
    fn socket_each(&self, each: &SocketEach) -> Result<Value, NoAnswer> {
        let entries = self.resolved.get(&each.from).into_iter().flatten();
        let made = entries.map(|entry| {
            let made = new(entry.family, entry.socktype, entry.protocol)
                .and_then(|socket| if each.bind { result(socket.bind(&to_socket2(&entry.address))) } else { Ok(()) });
            match made {
                Ok(()) => Ok(DONE.to_owned()),
                Err(NoAnswer::Failure(failure)) => Ok(failure.name),
                Err(unsupported) => Err(unsupported),
            }
        });
        Ok(made.collect::<Result<Vec<_>, _>>()?.into())
    }

    fn resolve(&mut self, resolve: &Resolve) -> Result<Value, NoAnswer> {
        let call = Getaddrinfo {
            node: resolve.node.clone(),
            service: resolve.service.clone(),
            flags: resolve.flags.clone(),
            family: resolve.family.clone(),
            socktype: resolve.socktype.clone(),
            protocol: resolve.protocol.clone(),
            hints: true,
            stale: Vec::new(),
            split: 0,
            bytes: false,
        };
        let found = call.found()?.into_iter().filter_map(|found| {
            let (family, socktype, protocol) = (found.family, found.socktype, found.protocol);
            found.address.map(|address| Resolved { family, socktype, protocol, address })
        });
        let found: Vec<_> = found.collect();
        let addresses = found.iter().map(|found| self.written(&found.address, false)).collect();
        self.resolved.insert(resolve.label.clone(), found);
        Ok(addresses)
    }

    fn accept(&mut self, named: &Named) -> Result<Value, NoAnswer> {
        let (socket, peer) = result(self.socket(&named.on)?.accept())?;
        self.sockets.insert(named.label.clone(), patient(socket)?);
        Ok(self.written(&from_socket2(&peer), false))
    }

    fn send(&self, send: &Send) -> Result<Value, NoAnswer> {
        let sent = self.socket(&send.on)?.send_with_flags(send.text.as_bytes(), libc::MSG_NOSIGNAL);
        Ok(result(sent)?.into())
    }

    fn sendto(&mut self, at: &At) -> Result<Value, NoAnswer> {
        let address = to_socket2(&self.target(at)?);
        let text = at.text.as_ref().map_or(&[][..], Text::as_bytes);
        let sent = self.socket(&at.on)?.send_to_with_flags(text, &address, libc::MSG_NOSIGNAL);
        Ok(result(sent)?.into())
    }

    fn recvfrom(&mut self, recvfrom: &Recvfrom) -> Result<Value, NoAnswer> {
        let (text, peer) = receive(self.socket(&recvfrom.on)?)?;
        self.peers.insert(recvfrom.from.clone(), peer);
        self.values.insert(recvfrom.from.clone(), self.written(&peer, false));
        Ok(text.into())
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

    fn written(&self, address: &Sockaddr, with_port: bool) -> Value {
        written(address, with_port, &self.scratch).into()
    }
}

fn new(family: c_int, socktype: c_int, protocol: c_int) -> Result<Socket, NoAnswer> {
    patient(result(Socket::new_raw(Domain::from(family), Type::from(socktype), Some(Protocol::from(protocol))))?)
}

/// A socket that gives up waiting in time.
pub(super) fn patient(socket: Socket) -> Result<Socket, NoAnswer> {
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

/// What becomes of the vector of a socketpair that fails, in words.
fn vector_after(family: c_int, socktype: c_int, protocol: c_int) -> &'static str {
    const BEFORE: [c_int; 2] = [-7; 2];
    let mut vector = BEFORE;
    // SAFETY: the vector has room for the two descriptors.
    let status = unsafe { libc::socketpair(family, socktype, protocol, vector.as_mut_ptr()) };
    // SAFETY: fcntl takes any number, and F_GETFD changes nothing.
    let open = vector.into_iter().any(|fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } != -1);
    if status == 0 {
        // SAFETY: the call above has opened these, and nobody else knows them.
        vector.into_iter().for_each(|fd| assert_eq!(unsafe { libc::close(fd) }, 0));
    }
    match (status, open) {
        (0, _) => "two descriptors",
        (_, true) => "a descriptor leaked",
        _ if vector == BEFORE => "untouched",
        _ => "overwritten by numbers of no descriptor",
    }
}
