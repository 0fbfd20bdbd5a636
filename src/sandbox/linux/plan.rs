//! A world and a program as a list of steps: everything that the child could not work out itself.

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use super::super::{Error, Program};
use super::child::PROC;
use super::confine::{self, Confinement};
use super::image::Image;
use super::links::{self, Indexes};
use super::step::{Content, Entry, Home, Mask, Ports, Step};
use super::{etc, places, sources};
use crate::fault::Fault;
use crate::rootfs;
use crate::world::{FILES, File, Nameserver, World};

/// The port of nameservers.
const PORT: u16 = 53;

/// The longest name of a file (NAME_MAX).
const LONGEST_NAME: usize = 255;

/// Where daemons that answer for a resolver listen: nscd, systemd (resolved, its name service modules, machined), D-Bus,
/// Avahi, mDNSResponder, nslcd, SSSD and Winbind. By name, not /run whole: on some systems programs live there.
pub(super) const DAEMONS: [&str; 13] = [
    "/run/nscd",
    "/var/run/nscd",
    "/run/systemd/resolve",
    "/run/systemd/resolve.hook",
    "/run/systemd/userdb",
    "/run/systemd/machine",
    "/run/dbus",
    "/var/run/dbus",
    "/run/avahi-daemon",
    "/run/mdnsd",
    "/run/nslcd",
    "/var/lib/sss/pipes",
    "/run/samba/winbindd",
];

/// What the child is to do. It can be sent to another process.
#[derive(Serialize, Deserialize)]
pub(super) struct Plan<'w> {
    #[serde(borrow)]
    pub(super) steps: Vec<Step<'w>>,
    pub(super) image: Image,
    /// Whether the program lives in a root file system that is not the machine's.
    pub(super) foreign: bool,
}

impl<'w> Plan<'w> {
    /// Plans the building of `world` around `program`.
    ///
    /// # Errors
    /// What the world or the program asks for that cannot be, and a /proc that does not say where this process stands.
    pub(super) fn new(world: &'w World, program: &Program) -> Result<Self, Error> {
        let mut image = Image::new(program)?;
        if world.files.values().any(|file| *file == File::Unreadable) {
            image.lost |= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
        }
        let refused = |what| Error::World { world: world.name.clone(), what };
        let mut steps = vec![Step::Detach, Step::AwaitIds, Step::Prove(home()?), Step::Private];
        let (folder, foreign) = (program.root.as_ref().map(|root| root.folder.as_path()), program.root.is_some());
        let hides_run = confine::hides_run(program);
        let masks = masks(folder, hides_run);
        image.here &= program.root.is_none() && !is_covered(&program.cwd, &masks);
        if let Some(root) = &program.root {
            steps.extend(places::steps(root)?);
        }
        steps.push(Step::CoverEtc);
        if hides_run {
            steps.push(Step::Mask(Mask { path: confine::RUN.to_owned(), folder: true }));
        }
        steps.extend(masks.into_iter().map(Step::Mask));
        if let Some(folder) = confine::scratch(program).and_then(|folder| CString::new(folder).ok()) {
            steps.push(Step::Scratch(folder));
        }
        steps.push(Step::FillEtc { entries: entries(world).map_err(refused)?, refused: etc::overlay_refused(foreign) });
        if !foreign {
            steps.push(Step::Proc(PROC.to_owned()));
        }
        let indexes = Indexes::new(world).map_err(refused)?;
        steps.extend(links::messages(world, &indexes).map_err(refused)?.into_iter().map(Step::Network));
        steps.extend(links::waits(world).map(Step::AwaitAddress));
        for (path, value) in &world.sysctls {
            steps.push(Step::Sysctl { path: sysctl(path).map_err(refused)?, value });
        }
        if world.hostname.len() > 64 {
            return Err(refused(format!("the host name {:?} is longer than 64 bytes", world.hostname)));
        }
        steps.push(Step::HostName(&world.hostname));
        for (index, nameserver) in world.nameservers.iter().enumerate() {
            steps.push(Step::Nameserver(ports(world, &indexes, index, nameserver)));
        }
        for (index, one) in world.sources.iter().enumerate() {
            steps.push(Step::Source { index, to: sources::destination(one, &indexes).map_err(refused)? });
        }
        if program.confined {
            steps.push(Step::Confine(Confinement::new(program)));
        }
        steps.push(Step::Enter(image.folder.clone()));
        steps.push(Step::Fork);
        Ok(Self { steps, image, foreign })
    }
}

/// Where this process stands.
fn home() -> Result<Home, Error> {
    let at = |path: &str| {
        fs::metadata(path).map(|at| (at.dev(), at.ino())).map_err(|fault| Error::System {
            doing: format!("looking at {path}"),
            errno: fault.raw_os_error().unwrap_or(libc::EIO),
        })
    };
    Ok(Home { mount: at("/proc/thread-self/ns/mnt")?, network: at("/proc/thread-self/ns/net")? })
}

/// The paths of [`DAEMONS`] that exist here, or in this root file system, each once; without those in /run where all of that
/// is hidden.
pub(super) fn masks(root: Option<&Path>, without_run: bool) -> Vec<Mask> {
    let mut seen = BTreeSet::new();
    let var_run_too = || fs::canonicalize("/var/run").is_ok_and(|real| real == Path::new("/run"));
    let without: &[&str] = match without_run {
        false => &[],
        true if var_run_too() => &["/run/", "/var/run/"],
        true => &["/run/"],
    };
    let look = |path: &str| match root {
        None => fs::metadata(path).ok(),
        Some(root) => fs::metadata(root.join(rootfs::resolve(root, Path::new(path)).ok()?)).ok(),
    };
    let wanted = DAEMONS.iter().filter(|path| !without.iter().any(|folder| path.starts_with(folder)));
    let there = wanted.filter_map(|path| Some((*path, look(path)?)));
    there
        .filter(|(_, at)| seen.insert((at.dev(), at.ino())))
        .filter_map(|(path, at)| Some(Mask { path: CString::new(path).ok()?, folder: at.is_dir() }))
        .collect()
}

/// Whether another folder is in the place of this one inside. Its own is still there, where no path leads.
fn is_covered(folder: &Path, masks: &[Mask]) -> bool {
    let hidden = masks.iter().filter_map(|mask| fs::canonicalize(OsStr::from_bytes(mask.path.to_bytes())).ok());
    !folder.is_absolute() || hidden.chain(["/etc".into()]).any(|hidden| folder.starts_with(hidden))
}

/// What the world has in /etc: its own files, and nothing under the names of [`FILES`] that it lacks.
fn entries(world: &World) -> Result<Vec<Entry<'_>>, String> {
    let own =
        world.files.iter().map(|(name, file)| Ok(Entry { name: file_name(name)?, content: content(name, file)? }));
    let lacking = FILES.iter().filter(|name| !world.files.contains_key(**name));
    let lacking = lacking.map(|name| Ok(Entry { name: file_name(name)?, content: Content::Absent }));
    own.chain(lacking).collect()
}

/// The name of a file of /etc.
///
/// # Errors
/// When it leads out of /etc or cannot be a name.
pub(super) fn file_name(name: &str) -> Result<CString, String> {
    let fit = !name.is_empty() && name.len() <= LONGEST_NAME && !name.starts_with('.') && !name.contains('/');
    CString::new(name)
        .ok()
        .filter(|_| fit)
        .ok_or_else(|| format!("{name:?} is not the name of a file of /etc: one part that does not begin with a dot"))
}

fn content<'w>(name: &str, file: &'w File) -> Result<Content<'w>, String> {
    Ok(match file {
        File::Text(text) => Content::Text(text.as_bytes()),
        File::Link(target) => Content::Link(link_target(name, target)?),
        File::Folder => Content::Folder,
        File::Unreadable => Content::Unreadable,
    })
}

/// The target of a symbolic link.
///
/// # Errors
/// When no link can have it.
pub(super) fn link_target(name: &str, target: &str) -> Result<CString, String> {
    CString::new(target)
        .ok()
        .filter(|_| (1..4096).contains(&target.len()))
        .ok_or_else(|| format!("the target {target:?} of the link `{name}` is not 1 to 4095 bytes without NUL"))
}

/// The file of a setting. Only those of the network: without a user namespace others would be the machine's own.
fn sysctl(path: &str) -> Result<CString, String> {
    let plain = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    CString::new(format!("/proc/sys/{path}"))
        .ok()
        .filter(|_| plain && path.starts_with("net/"))
        .ok_or_else(|| format!("the setting {path:?} is not of the form net/…"))
}

fn ports<'w>(world: &World, indexes: &Indexes, index: usize, nameserver: &'w Nameserver) -> Ports<'w> {
    let mut address = SocketAddr::new(nameserver.address, PORT);
    if let (SocketAddr::V6(address), IpAddr::V6(ip)) = (&mut address, nameserver.address)
        && ip.is_unicast_link_local()
    {
        address.set_scope_id(indexes.holder(world, nameserver.address).unwrap_or(0));
    }
    let Nameserver { udp, tcp, ref other_ports, ref faults, .. } = *nameserver;
    let (raw, full) = (faults.iter().any(Fault::makes_packets), faults.iter().any(Fault::fills_queue));
    Ports { index, address, udp, tcp, others: other_ports.into(), raw, full }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_outside_the_network_is_refused() {
        assert_eq!(sysctl("net/ipv6/bindv6only"), Ok(c"/proc/sys/net/ipv6/bindv6only".to_owned()));
        for path in ["kernel/panic", "net/../kernel/panic", "net//x", "/net/x", "net/x\0", ""] {
            assert!(sysctl(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_file_name_that_leads_out_of_etc_is_refused() {
        assert_eq!(file_name("resolv.conf"), Ok(c"resolv.conf".to_owned()));
        for name in ["", ".", "..", "../passwd", "a/b", ".below", "a\0b"] {
            assert!(file_name(name).is_err(), "{name}");
        }
        assert!(file_name(&"x".repeat(256)).is_err());
    }

    #[test]
    fn a_link_target_has_a_length() {
        assert!(link_target("hosts", "").is_err());
        assert!(link_target("hosts", &"x".repeat(4096)).is_err());
        assert_eq!(link_target("hosts", "/run/x"), Ok(c"/run/x".to_owned()));
    }
}
