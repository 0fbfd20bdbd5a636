//! The keys that a `world.toml` and a case share: what they say is a change to a world that stands already.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::check::{check, misplaced};
use super::keys::{Entry, Keys};
use super::source::{Source, Span, Value};
use super::{Address, AddressLabel, FILES, File, Link, Nameserver, Route, SourceAddress, World, network};
use crate::fault::Fault;

/// Changes to a world, as a file writes them.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    hostname: Option<String>,
    files: BTreeMap<String, (Span, Option<File>)>,
    nxdomain: Option<Vec<String>>,
    nameservers: Option<Vec<Nameserver>>,
    faults: Vec<Fault>,
    links: Option<Vec<Link>>,
    lo: Option<Vec<Address>>,
    mtu: Option<u32>,
    routes: Option<Vec<Route>>,
    labels: Option<Vec<AddressLabel>>,
    sources: Option<Vec<SourceAddress>>,
    sysctls: Option<BTreeMap<String, String>>,
    /// Where the elements of the lists stand.
    places: Places,
}

/// Where each element of a list stands, by the list's key and the element's number.
pub(super) type Places = BTreeMap<(&'static str, usize), Span>;

impl Changes {
    /// Takes the keys out of a table and reads them.
    pub(crate) fn take(keys: &mut Keys<'_>, source: &mut Source<'_>) -> Self {
        let hostname = keys.take("hostname").and_then(|entry| hostname(&entry, source));
        let mut changes = Self { hostname, ..Self::default() };
        changes.take_files(keys, source);
        if let Some(names) = changes.list::<String>("nxdomain", keys, source) {
            for (i, name) in names.iter().enumerate() {
                // The root alone, not all that is below it: a nameserver that is asked for it has to say something.
                if let Err(why) = domain_name(name)
                    && name != "."
                {
                    source.fault(changes.place("nxdomain", i), why);
                }
            }
            changes.nxdomain = Some(names);
        }
        changes.nameservers = changes.list("nameserver", keys, source);
        changes.faults = changes.list("fault", keys, source).unwrap_or_default();
        changes.links = changes.list("link", keys, source);
        changes.lo = changes.list("lo", keys, source);
        changes.mtu = keys.take("mtu").and_then(|entry| mtu(entry, source));
        changes.routes = changes.list("route", keys, source);
        changes.labels = changes.list("label", keys, source);
        changes.take_sources(keys, source);
        changes.sysctls = keys.take("sysctl").map(|entry| sysctls(entry, source));
        changes.check(source);
        changes
    }

    /// Puts a file in place; `None` takes it away. It is a fault to say two things of one file.
    pub(crate) fn file(&mut self, name: &str, span: Span, file: Option<File>, source: &mut Source<'_>) {
        if !FILES.contains(&name) {
            source.unknown(span, "file of /etc", name, &FILES);
        } else if let Some((other, _)) = self.files.insert(name.to_owned(), (span.clone(), file)) {
            let span = if span.is_empty() { other } else { span };
            source.fault(span, format!("`{name}` is put in place or taken away twice"));
        }
    }

    /// Whether they change nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.hostname.is_none()
            && self.files.is_empty()
            && self.nxdomain.is_none()
            && self.nameservers.is_none()
            && self.faults.is_empty()
            && self.links.is_none()
            && self.lo.is_none()
            && self.mtu.is_none()
            && self.routes.is_none()
            && self.labels.is_none()
            && self.sources.is_none()
            && self.sysctls.is_none()
    }

    /// Whether they say which domain names do not exist.
    pub(crate) fn has_nxdomain(&self) -> bool {
        self.nxdomain.is_some()
    }

    /// Makes the changes, and notes what does not fit together in the world that comes of them. Lists replace those of the
    /// world, but for `nxdomain` and `fault`, which are added to them. `at` is where to point for what no key of these says.
    pub(crate) fn make(self, world: &mut World, at: &Span, source: &mut Source<'_>) {
        let (places, faults) = self.apply(world);
        check(world, &places, at, source);
        for (i, fault) in faults.into_iter().enumerate() {
            let servers = world.nameservers.iter().map(|nameserver| nameserver.address);
            let reached: Vec<_> = servers.filter(|address| fault.on.server.is_none_or(|on| on == *address)).collect();
            let span = places.get(&("fault", i)).cloned().unwrap_or_else(|| at.clone());
            if let Some(server) = fault.on.server.filter(|_| reached.is_empty()) {
                source.fault(span.clone(), format!("a fault of the server {server}, and the world has none there"));
            }
            for address in reached {
                misplaced(&fault, address, world).into_iter().for_each(|why| source.fault(span.clone(), why));
                let server = world.nameservers.iter_mut().find(|nameserver| nameserver.address == address);
                server.into_iter().for_each(|server| server.faults.push(fault.clone()));
            }
        }
    }

    /// Makes all changes but the faults, which it gives back with the places of all lists.
    fn apply(self, world: &mut World) -> (Places, Vec<Fault>) {
        if let Some(hostname) = self.hostname {
            world.hostname = hostname;
        }
        for (name, (_, file)) in self.files {
            match file {
                Some(file) => world.files.insert(name, file),
                None => world.files.remove(&name),
            };
        }
        world.nxdomain.extend(self.nxdomain.unwrap_or_default());
        if let Some(nameservers) = self.nameservers {
            world.nameservers = nameservers;
        }
        if let Some(links) = self.links {
            world.links = links;
        }
        if let Some(lo) = self.lo {
            world.lo = lo;
        }
        world.mtu = self.mtu.or(world.mtu);
        if let Some(routes) = self.routes {
            world.routes = routes;
        }
        if let Some(labels) = self.labels {
            world.labels = labels;
        }
        if let Some(sources) = self.sources {
            world.sources = sources;
        }
        if let Some(sysctls) = self.sysctls {
            world.sysctls = sysctls;
        }
        (self.places, self.faults)
    }

    /// Notes what cannot be, each element looked at by itself.
    fn check(&self, source: &mut Source<'_>) {
        let lo = self.lo.iter().flatten().enumerate();
        for (i, address) in lo {
            network::address(address).unwrap_or_else(|why| source.fault(self.place("lo", i), why));
        }
        for (i, link) in self.links.iter().flatten().enumerate() {
            for why in network::link(link) {
                source.fault(self.place("link", i), why);
            }
        }
        for (i, route) in self.routes.iter().flatten().enumerate() {
            for why in network::route(route) {
                source.fault(self.place("route", i), why);
            }
        }
        for (i, label) in self.labels.iter().flatten().enumerate() {
            network::label(label).unwrap_or_else(|why| source.fault(self.place("label", i), why));
        }
    }

    fn take_files(&mut self, keys: &mut Keys<'_>, source: &mut Source<'_>) {
        for (name, file) in [("absent", None), ("folder", Some(File::Folder)), ("unreadable", Some(File::Unreadable))] {
            let Some(entry) = keys.take(name) else { continue };
            for value in source.list(name, entry.value).unwrap_or_default() {
                if let Some(text) = source.string(name, &value) {
                    self.file(&text, value.span(), file.clone(), source);
                }
            }
        }
        let links = keys.take("file_link").and_then(|entry| source.keys("file_link", entry.value));
        for entry in links.map(Keys::all).unwrap_or_default() {
            if let Some(target) = source.string(&entry.name, &entry.value) {
                self.file(&entry.name, entry.key, Some(File::Link(target)), source);
            }
        }
    }

    fn take_sources(&mut self, keys: &mut Keys<'_>, source: &mut Source<'_>) {
        let Some(table) = keys.take("source").and_then(|entry| source.keys("source", entry.value)) else { return };
        let mut sources: Vec<SourceAddress> = Vec::new();
        for Entry { name, key, value } in table.all() {
            let Some(text) = source.string(&name, &value) else { continue };
            match network::source(&name, &text) {
                Ok(one) if sources.iter().any(|before| (before.to, &before.zone) == (one.to, &one.zone)) => {
                    source.fault(key, format!("the source towards {} is told twice", one.destination()));
                }
                Ok(one) => {
                    self.places.insert(("source", sources.len()), key);
                    sources.push(one);
                }
                Err(why) => source.fault(key, why),
            }
        }
        self.sources = Some(sources);
    }

    fn list<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
        keys: &mut Keys<'_>,
        source: &mut Source<'_>,
    ) -> Option<Vec<T>> {
        let elements = keys.each(name, source)?;
        let place = |(i, (span, element))| {
            self.places.insert((name, i), span);
            element
        };
        Some(elements.into_iter().enumerate().map(place).collect())
    }

    fn place(&self, name: &'static str, i: usize) -> Span {
        self.places.get(&(name, i)).cloned().unwrap_or_default()
    }
}

fn hostname(entry: &Entry<'_>, source: &mut Source<'_>) -> Option<String> {
    let name = source.string("hostname", &entry.value)?;
    if name.len() > 64 || name.contains('\0') {
        let text = format!("`hostname` has {} bytes, and Linux keeps at most 64", name.len());
        source.fault(entry.value.span(), text);
        return None;
    }
    Some(name)
}

/// What IPv4 has to be able to carry (RFC 791 §3.2), and the kernel's own choice for `lo`.
fn mtu(entry: Entry<'_>, source: &mut Source<'_>) -> Option<u32> {
    let span = entry.value.span();
    let mtu = source.read::<u32>("mtu", entry.value)?;
    if !(68..=65536).contains(&mtu) {
        source.fault(span, format!("`mtu` is {mtu}: a link takes packets of 68 to 65536 bytes"));
        return None;
    }
    Some(mtu)
}

/// Settings below /proc/sys. Only those of `net/` belong to the world alone; others would reach the machine.
fn sysctls(entry: Entry<'_>, source: &mut Source<'_>) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for Entry { name, key, value } in source.keys("sysctl", entry.value).map(Keys::all).unwrap_or_default() {
        if !name.starts_with("net/") || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
            let text = format!("`{name}` is no setting of a network namespace");
            source.fault_with(key, text, "write the path below /proc/sys: `\"net/ipv6/bindv6only\" = \"1\"`");
        } else if let Some(value) = setting(&name, &value, source) {
            settings.insert(name.into_owned(), value);
        }
    }
    settings
}

fn setting(name: &str, value: &Value<'_>, source: &mut Source<'_>) -> Option<String> {
    use toml::de::DeValue::Integer;
    match value.get_ref() {
        Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        _ => source.string(name, value),
    }
}

/// # Errors
/// Why a text is no domain name in presentation form (RFC 1035 §2.3.4 for the lengths).
pub(crate) fn domain_name(name: &str) -> Result<(), String> {
    let plain = name.strip_suffix('.').unwrap_or(name);
    if plain.is_empty() || plain.split('.').any(str::is_empty) {
        Err(format!("`{name}` is no domain name: it has an empty label"))
    } else if plain.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Err(format!("`{name}` is no domain name: it has a blank"))
    } else if plain.split('.').any(|label| label.len() > 63) {
        Err(format!("`{name}` is no domain name: a label has at most 63 bytes"))
    } else if plain.len() > 253 {
        Err(format!("`{name}` is no domain name: it has more than 255 bytes in wire format"))
    } else {
        Ok(())
    }
}
