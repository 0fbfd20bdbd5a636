//! What the files of a world say about looking names up, as a person would read them.

use serde::{Deserialize, Serialize};

use crate::world::{File, World};

/// What resolv.conf and nsswitch.conf say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The nameserver addresses of resolv.conf, in order.
    pub nameservers: Vec<String>,
    /// The search list of resolv.conf. The domain of the host's own name, where it has none, is not in it.
    pub search: Vec<String>,
    /// The options of resolv.conf.
    pub options: Vec<String>,
    /// The sources of host names in nsswitch.conf, where it says any.
    pub sources: Option<String>,
}

impl Config {
    /// Reads the files of a world.
    pub(super) fn of(world: &World) -> Self {
        let mut config = Self::default();
        for line in text(world, "resolv.conf").lines() {
            let mut words = line.split_whitespace().map(str::to_owned);
            match words.next().as_deref() {
                Some("nameserver") => config.nameservers.extend(words.take(1)),
                // The last of them counts (resolv.conf(5)).
                Some("search") => config.search = words.collect(),
                Some("domain") => config.search = words.take(1).collect(),
                Some("options") => config.options.extend(words),
                _ => {}
            }
        }
        let of_hosts = |line: &str| Some(line.split('#').next()?.trim().strip_prefix("hosts:")?.trim().to_owned());
        config.sources = text(world, "nsswitch.conf").lines().find_map(of_hosts);
        config
    }

    /// How many dots a name needs to be tried as it is written before the search list is.
    #[must_use]
    pub fn ndots(&self) -> usize {
        let said = self.options.iter().rev().find_map(|option| option.strip_prefix("ndots:")?.parse().ok());
        said.unwrap_or(1)
    }

    /// resolv.conf in one line.
    pub(super) fn resolver(&self) -> String {
        let mut parts: Vec<String> = self.nameservers.iter().map(|address| format!("nameserver {address}")).collect();
        if !self.search.is_empty() {
            parts.push(format!("search {}", self.search.join(" ")));
        }
        if !self.options.is_empty() {
            parts.push(format!("options {}", self.options.join(" ")));
        }
        parts.join(", ")
    }
}

/// The addresses that a hosts file has for a name, in its order.
pub(super) fn hosts_of(world: &World, name: &str) -> Vec<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let address = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?;
        words.any(|alias| alias.eq_ignore_ascii_case(name)).then(|| address.to_owned())
    };
    text(world, "hosts").lines().filter_map(address).collect()
}

/// The text of a file of the world; nothing where it is none.
pub(super) fn text<'w>(world: &'w World, name: &str) -> &'w str {
    match world.files.get(name) {
        Some(File::Text(text)) => text,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_their_manuals_say() {
        let mut world = World::bare("own");
        let file = |text: &str| File::Text(text.to_owned());
        let lines = "domain a.test\nnameserver 10.0.0.1 # one\nsearch b.test c.test\noptions ndots:5 timeout:1\noptions ndots:2\n";
        world.files.insert("resolv.conf".to_owned(), file(lines));
        world.files.insert("nsswitch.conf".to_owned(), file("# x\nhosts:  files dns # y\n"));
        world.files.insert("hosts".to_owned(), file("192.0.2.1 WWW www.test # w\n# 192.0.2.2 www\n192.0.2.3 www\n"));
        let config = Config::of(&world);
        assert_eq!((config.ndots(), config.sources.as_deref()), (2, Some("files dns")));
        assert_eq!(config.resolver(), "nameserver 10.0.0.1, search b.test c.test, options ndots:5 timeout:1 ndots:2");
        assert_eq!(hosts_of(&world, "www."), ["192.0.2.1", "192.0.2.3"]);
        assert_eq!(Config::of(&World::bare("none")).ndots(), 1);
    }
}
