//! What on this machine keeps a sandbox from being made, and how to change it.

use std::fs;

use super::super::Finding;
use super::step::Step;

/// Whether a container or a policy stands behind it.
const UNCONFINED: &str = "start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, \
                          or with --privileged";

/// The settings that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// The kinds of namespace of which none is allowed: `user.max_user_namespaces`.
    pub(super) none_allowed: Vec<String>,
    /// Whether AppArmor takes the capabilities of programs without a profile in a user namespace.
    pub(super) apparmor_restricts: bool,
    /// Whether Debian's switch is off.
    pub(super) unprivileged_off: bool,
    /// Whether a seccomp filter is in force.
    pub(super) seccomp: bool,
    /// The AppArmor profile that confines this process.
    pub(super) profile: Option<String>,
}

/// Which part of the building a failure belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Making namespaces.
    Namespaces,
    /// Writing the id maps.
    Ids,
    /// Mounting.
    Mounts,
    /// Links and addresses.
    Network,
    /// Binding a nameserver.
    Nameserver,
    /// Settings of the network.
    Sysctl,
    /// Anything else.
    Other,
}

impl From<&Step<'_>> for Part {
    fn from(step: &Step<'_>) -> Self {
        match step {
            Step::Private
            | Step::CoverRoot(_)
            | Step::Place(_)
            | Step::Pivot(_)
            | Step::CoverEtc
            | Step::Mask(_)
            | Step::Scratch(_)
            | Step::Confine(_)
            | Step::FillEtc { .. }
            | Step::Proc(_) => Self::Mounts,
            Step::Network(_) | Step::AwaitAddress(_) => Self::Network,
            Step::Nameserver(_) => Self::Nameserver,
            Step::Sysctl { .. } => Self::Sysctl,
            Step::Detach
            | Step::AwaitIds
            | Step::Prove(_)
            | Step::HostName(_)
            | Step::Source { .. }
            | Step::Enter(_)
            | Step::Fork => Self::Other,
        }
    }
}

impl Settings {
    /// Reads them from /proc.
    pub(super) fn read() -> Self {
        let number = |path: &str| fs::read_to_string(format!("/proc/sys/{path}")).ok()?.trim().parse::<u64>().ok();
        let kinds = ["user", "mnt", "net", "pid", "uts", "ipc"];
        let none_allowed = kinds.map(|kind| format!("max_{kind}_namespaces"));
        let none_allowed = none_allowed.into_iter().filter(|name| number(&format!("user/{name}")) == Some(0));
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let profile = fs::read_to_string("/proc/self/attr/apparmor/current")
            .or_else(|_| fs::read_to_string("/proc/self/attr/current"))
            .ok()
            .filter(|profile| profile.contains("(enforce)"))
            .map(|profile| profile.trim_matches(['\n', '\0', ' ']).to_owned());
        Self {
            none_allowed: none_allowed.map(|name| format!("user.{name}")).collect(),
            apparmor_restricts: number("kernel/apparmor_restrict_unprivileged_userns") == Some(1),
            unprivileged_off: number("kernel/unprivileged_userns_clone") == Some(0),
            seccomp: status.lines().any(|line| line.split_whitespace().eq(["Seccomp:", "2"])),
            profile,
        }
    }

    /// What lies behind a failure, and what to do about it; each where it is known.
    pub(super) fn explain(&self, part: Part, errno: i32) -> (Option<String>, Option<String>) {
        let known = |because: &str, remedy: &str| (Some(because.to_owned()), Some(remedy.to_owned()));
        match (part, errno) {
            (Part::Namespaces, libc::ENOSPC | libc::EUSERS) => match self.none_allowed.first() {
                Some(setting) => (Some(format!("{setting} is 0")), Some(allow(setting))),
                None => known(
                    "the limit of namespaces is reached, or they are nested too deep",
                    "end other sandboxes, or raise the user.max_*_namespaces settings",
                ),
            },
            (Part::Namespaces, libc::EINVAL) => {
                known("this kernel has no user namespaces", "run it as root, or on a kernel with CONFIG_USER_NS")
            }
            (Part::Namespaces, libc::EAGAIN | libc::ENOMEM) => {
                known("too many processes, or too little memory", "end other processes, or raise ulimit -u")
            }
            (Part::Mounts, libc::EINVAL) => {
                known("perhaps the root folder is no mount point, as in a chroot", "run it outside the chroot")
            }
            (Part::Nameserver, libc::EADDRNOTAVAIL) => {
                known("no link of the world has this address", "give the address to `lo` or to a link of the world")
            }
            (Part::Nameserver, libc::EADDRINUSE) => {
                known("the world has two nameservers at this address", "write the nameserver once")
            }
            (Part::Network, libc::EOPNOTSUPP) => {
                known("this kernel has no such link", "load the module veth, or run it on a kernel with CONFIG_VETH")
            }
            (Part::Sysctl, libc::ENOENT) => {
                known("this kernel has no such setting for a network namespace", "correct the world's `sysctl`")
            }
            (Part::Sysctl, libc::EROFS | libc::EACCES | libc::EPERM) => {
                known("/proc/sys cannot be written to here, as in a container", UNCONFINED)
            }
            (
                Part::Namespaces | Part::Ids | Part::Mounts | Part::Network,
                libc::EPERM | libc::EACCES | libc::ENOSYS,
            ) => self.forbidden(part),
            _ => (None, None),
        }
    }

    /// What forbids something that the kernel itself allows everybody.
    fn forbidden(&self, part: Part) -> (Option<String>, Option<String>) {
        let found = self.findings().into_iter().find(|finding| !finding.ok);
        if let Some(finding) = found {
            return (Some(finding.detail), finding.remedy);
        }
        let (because, remedy) = match (part, self.seccomp, &self.profile) {
            (_, true, _) => ("a seccomp filter is in force, as in a container".to_owned(), UNCONFINED),
            (_, false, Some(profile)) => (format!("the AppArmor profile {profile} is in force"), UNCONFINED),
            (Part::Namespaces, false, None) => {
                ("perhaps this process is in a chroot".to_owned(), "run it outside the chroot, or as root")
            }
            (_, false, None) => return (None, None),
        };
        (Some(because), Some(remedy.to_owned()))
    }

    /// The settings that alone would forbid user namespaces to ordinary users.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut all = Vec::new();
        match self.none_allowed.first() {
            Some(setting) => {
                all.push(Finding::bad("limits of namespaces", format!("{setting} is 0"), Some(allow(setting))));
            }
            None => all.push(good("limits of namespaces", "none of user.max_*_namespaces is 0")),
        }
        if self.unprivileged_off {
            let remedy = "sysctl -w kernel.unprivileged_userns_clone=1 as root".to_owned();
            let detail = "kernel.unprivileged_userns_clone is 0";
            all.push(Finding::bad("user namespaces for everybody", detail, Some(remedy)));
        }
        if self.apparmor_restricts {
            let remedy = "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 as root, or give this program an \
                          AppArmor profile with the rule `userns,`";
            let detail = "kernel.apparmor_restrict_unprivileged_userns is 1";
            all.push(Finding::bad("AppArmor", detail, Some(remedy.to_owned())));
        }
        all
    }
}

/// A finding that all is well.
pub(super) fn good(what: &str, detail: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), ok: true, detail: detail.into(), remedy: None }
}

fn allow(setting: &str) -> String {
    format!("sysctl -w {setting}=10000 as root")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn nothing() -> Settings {
        Settings::default()
    }

    #[rstest]
    #[case(Settings { none_allowed: vec!["user.max_user_namespaces".into()], ..nothing() }, libc::ENOSPC, "user.max_user_namespaces is 0", "user.max_user_namespaces=10000")]
    #[case(Settings { unprivileged_off: true, ..nothing() }, libc::EPERM, "unprivileged_userns_clone is 0", "unprivileged_userns_clone=1")]
    #[case(Settings { apparmor_restricts: true, seccomp: true, ..nothing() }, libc::EACCES, "apparmor_restrict_unprivileged_userns is 1", "`userns,`")]
    #[case(Settings { seccomp: true, ..nothing() }, libc::EPERM, "a seccomp filter", "--security-opt seccomp=unconfined")]
    #[case(Settings { profile: Some("docker-default (enforce)".into()), ..nothing() }, libc::EACCES, "docker-default", "apparmor=unconfined")]
    #[case(nothing(), libc::EPERM, "chroot", "outside the chroot")]
    #[case(nothing(), libc::EINVAL, "no user namespaces", "CONFIG_USER_NS")]
    #[case(nothing(), libc::ENOSPC, "limit of namespaces", "user.max_*_namespaces")]
    fn a_refused_namespace_names_the_setting_and_the_remedy(
        #[case] settings: Settings,
        #[case] errno: i32,
        #[case] because: &str,
        #[case] remedy: &str,
    ) {
        let (found, todo) = settings.explain(Part::Namespaces, errno);
        assert!(found.as_ref().unwrap().contains(because), "{found:?}");
        assert!(todo.as_ref().unwrap().contains(remedy), "{todo:?}");
    }

    #[test]
    fn an_errno_that_says_it_all_is_left_alone() {
        assert_eq!(nothing().explain(Part::Mounts, libc::ENOMEM), (None, None));
        assert_eq!(nothing().explain(Part::Other, libc::EPERM), (None, None));
    }
}
