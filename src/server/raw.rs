//! Packets with headers of our own making: ICMP errors, fragments, datagrams with a false checksum. IPv4 only. Pure.

use std::net::SocketAddrV4;

use crate::fault::{Checksum, Packet, Way};

/// The length of a header of IPv4 without options (RFC 791 §3.1).
const IP: usize = 20;

/// The length of the header of a datagram (RFC 768).
const UDP: usize = 8;

/// The protocol numbers.
const ICMP: u8 = 1;
const DATAGRAM: u8 = 17;

/// "More fragments" in the word of flags and offset.
const MORE: u16 = 0x2000;

/// What is to be sent for a message from `from` to `to`, in order.
pub(super) fn packets(way: Way, message: &[u8], from: SocketAddrV4, to: SocketAddrV4) -> Vec<Vec<u8>> {
    match way {
        Way::Plain => Vec::new(),
        Way::Icmp => vec![icmp(message, from, to)],
        Way::Packet(packet) => fragments(packet, &datagram(packet.checksum, message, from, to), from, to),
    }
}

/// An ICMP error with this head, about a datagram from `to` to `from`: it tells its IP header and the next 8 bytes.
fn icmp(head: &[u8], from: SocketAddrV4, to: SocketAddrV4) -> Vec<u8> {
    let told = [ip(DATAGRAM, 0, UDP, to, from), udp(0, to, from)].concat();
    let mut error = [head, &told].concat();
    let sum = !sum(&error);
    error[2..4].copy_from_slice(&sum.to_be_bytes());
    [ip(ICMP, 0, error.len(), from, to), error].concat()
}

fn datagram(checksum: Checksum, message: &[u8], from: SocketAddrV4, to: SocketAddrV4) -> Vec<u8> {
    let mut datagram = [&udp(message.len(), from, to), message].concat();
    let length = (datagram.len() as u16).to_be_bytes();
    let pseudo = [&from.ip().octets()[..], &to.ip().octets(), &[0, DATAGRAM], &length].concat();
    // A sum of zero is sent as its complement: zero means that there is none.
    let right = match !sum(&[&pseudo[..], &datagram].concat()) {
        0 => u16::MAX,
        right => right,
    };
    let sent = match checksum {
        Checksum::True => right,
        Checksum::False => right ^ 0x0101,
        Checksum::None => 0,
    };
    datagram[6..8].copy_from_slice(&sent.to_be_bytes());
    datagram
}

fn fragments(packet: Packet, datagram: &[u8], from: SocketAddrV4, to: SocketAddrV4) -> Vec<Vec<u8>> {
    let size = match usize::from(packet.fragment) & !7 {
        0 => datagram.len(),
        size => size,
    };
    let count = datagram.len().div_ceil(size);
    let numbered = datagram.chunks(size).enumerate();
    let mut sent: Vec<_> = numbered
        .filter(|(number, _)| number + 1 != packet.lost)
        .map(|(number, part)| {
            let more = if number + 1 < count { MORE } else { 0 };
            let offset = (number * size / 8) as u16;
            [&ip(DATAGRAM, more | offset, part.len(), from, to), part].concat()
        })
        .collect();
    if packet.reversed {
        sent.reverse();
    }
    sent
}

/// An IP header; the kernel adds its checksum.
fn ip(protocol: u8, fragment: u16, length: usize, from: SocketAddrV4, to: SocketAddrV4) -> Vec<u8> {
    let total = ((IP + length) as u16).to_be_bytes();
    // Fragments of one datagram have one identification.
    let [high, low] = to.port().to_be_bytes();
    let [flags, offset] = fragment.to_be_bytes();
    let head = [0x45, 0, total[0], total[1], high, low, flags, offset, 64, protocol, 0, 0];
    [&head[..], &from.ip().octets(), &to.ip().octets()].concat()
}

fn udp(length: usize, from: SocketAddrV4, to: SocketAddrV4) -> Vec<u8> {
    let words = [from.port(), to.port(), (UDP + length) as u16, 0];
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The sum of RFC 1071, not complemented.
fn sum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: SocketAddrV4 = SocketAddrV4::new(std::net::Ipv4Addr::new(127, 0, 0, 1), 53);
    const TO: SocketAddrV4 = SocketAddrV4::new(std::net::Ipv4Addr::new(127, 0, 0, 2), 0x1234);

    fn packet(checksum: Checksum, fragment: u16, lost: usize) -> Way {
        Way::Packet(Packet { checksum, fragment, lost, reversed: false })
    }

    #[test]
    fn a_datagram_has_the_checksum_it_is_told() {
        let sent = |checksum| packets(packet(checksum, 0, 0), b"abc", FROM, TO).remove(0);
        let right = sent(Checksum::True);
        assert_eq!(right[..8], [0x45, 0, 0, 31, 0x12, 0x34, 0, 0]);
        assert_eq!(right[20..26], [0, 53, 0x12, 0x34, 0, 11]);
        let pseudo = [&right[12..20], &[0, 17, 0, 11], &right[20..]].concat();
        assert_eq!(sum(&pseudo), 0xFFFF);
        assert_ne!(sent(Checksum::False)[26..28], right[26..28]);
        assert_eq!(sent(Checksum::None)[26..28], [0, 0]);
    }

    #[test]
    fn fragments_make_up_the_datagram() {
        let whole = packets(packet(Checksum::True, 0, 0), &[7; 30], FROM, TO).remove(0);
        let parts = packets(packet(Checksum::True, 17, 0), &[7; 30], FROM, TO);
        let heads: Vec<_> = parts.iter().map(|part| (part[6..8].to_vec(), part.len() - IP)).collect();
        assert_eq!(heads, [(vec![0x20, 0], 16), (vec![0x20, 2], 16), (vec![0, 4], 6)]);
        assert_eq!(parts.iter().flat_map(|part| part[IP..].to_vec()).collect::<Vec<_>>(), whole[IP..]);
        assert_eq!(packets(packet(Checksum::True, 16, 2), &[7; 30], FROM, TO), [parts[0].clone(), parts[2].clone()]);
    }

    #[test]
    fn an_error_tells_of_the_query() {
        let error = packets(Way::Icmp, &[3, 4, 0, 0, 0, 0, 2, 64], FROM, TO).remove(0);
        assert_eq!((error[9], error.len(), sum(&error[IP..])), (ICMP, IP + 8 + IP + UDP, 0xFFFF));
        assert_eq!(error[IP + 8 + 12..IP + 8 + 24], [127, 0, 0, 2, 127, 0, 0, 1, 0x12, 0x34, 0, 53]);
    }
}
