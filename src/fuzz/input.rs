//! One input: a call, a small world, and what its nameserver does. It is nothing but an ordinary case in parts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::{Table, Value};

use super::written;
use crate::case::{self, Case};
use crate::world::Worlds;

/// The topic that the cases of a hunt are in.
const TOPIC: &str = "fuzz/found";

/// The options that every input's resolv.conf has: a hunt has no time for the usual ones.
const BASE: &str = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";

/// A call, asked in a world, while a nameserver misbehaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The name of the call.
    pub call: String,
    /// Its arguments, as case files write them.
    pub arguments: Table,
    /// The lines of /etc/hosts, where they are not those of the world.
    pub hosts: Option<Vec<String>>,
    /// The line of /etc/nsswitch.conf for hosts, where it is not that of the world.
    pub nsswitch: Option<String>,
    /// The options of resolv.conf besides the two that every input has.
    pub options: Vec<String>,
    /// The domains of its search list.
    pub search: Vec<String>,
    /// Records, beside those of the world.
    pub records: Vec<String>,
    /// What the nameserver does, in order, as case files write it.
    pub faults: Vec<Table>,
    /// Environment variables of the subject.
    pub env: BTreeMap<String, String>,
}

impl Input {
    /// A call in the world `default` as it is.
    #[must_use]
    pub fn plain(call: &str, arguments: Table) -> Self {
        Self {
            call: call.to_owned(),
            arguments,
            hosts: None,
            nsswitch: None,
            options: Vec::new(),
            search: Vec::new(),
            records: Vec::new(),
            faults: Vec::new(),
            env: BTreeMap::new(),
        }
    }

    /// The name that is asked for, where it is a text.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        ["node", "name"].iter().find_map(|key| self.arguments.get(*key)?.as_str())
    }

    /// The text of resolv.conf, where it is not that of the world.
    fn resolv_conf(&self) -> Option<String> {
        if self.options.is_empty() && self.search.is_empty() {
            return None;
        }
        let mut text = BASE.to_owned();
        if !self.search.is_empty() {
            _ = writeln!(text, "search {}", self.search.join(" "));
        }
        self.options.iter().for_each(|option| _ = writeln!(text, "options {option}"));
        Some(text)
    }

    /// Names outside all zones that are asked for and meant not to exist: the last label of what is no name below `test`.
    fn nxdomain(&self) -> Vec<String> {
        let last = |name: &str| {
            let label = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default().to_owned();
            let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            (plain && (1..=63).contains(&label.len()) && !label.eq_ignore_ascii_case("test")).then_some(label)
        };
        let known = ["box", "nosuchname", "invalid", "localhost", "onion", "local"];
        let own = self.name().into_iter().filter_map(last);
        own.filter(|label| !known.contains(&label.to_ascii_lowercase().as_str())).collect()
    }

    /// The `[[case]]` table of a case file.
    #[must_use]
    pub fn case_text(&self, name: &str, about: &str) -> String {
        let mut text = format!("[[case]]\nname = {}\nabout = {}\n", written::string(name), written::string(about));
        let mut files = Table::new();
        let lines = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        self.hosts.iter().for_each(|hosts| _ = files.insert("hosts".to_owned(), lines(hosts).into()));
        if let Some(hosts) = &self.nsswitch {
            let line = format!("{hosts}\nnetworks: files\nprotocols: files\nservices: files\n");
            files.insert("nsswitch.conf".to_owned(), line.into());
        }
        self.resolv_conf().into_iter().for_each(|resolv| _ = files.insert("resolv.conf".to_owned(), resolv.into()));
        if !files.is_empty() {
            let quoted = |(name, text): (&String, &Value)| format!("\"{name}\" = {}", written::value(text));
            _ = writeln!(text, "files = {{ {} }}", files.iter().map(quoted).collect::<Vec<_>>().join(", "));
        }
        if !self.env.is_empty() {
            let env = self.env.iter().map(|(name, value)| (name.clone(), value.clone().into()));
            _ = writeln!(text, "env = {}", written::table(&env.collect()));
        }
        if !self.records.is_empty() {
            _ = writeln!(text, "records = {}", written::lines(&self.records));
        }
        if !self.nxdomain().is_empty() {
            let names: Vec<Value> = self.nxdomain().into_iter().map(Value::from).collect();
            _ = writeln!(text, "nxdomain = {}", written::value(&names.into()));
        }
        match self.faults.as_slice() {
            [] => {}
            [one] => _ = writeln!(text, "fault = [{}]", written::table(one)),
            several => {
                text.push_str("fault = [\n");
                several.iter().for_each(|fault| _ = writeln!(text, "  {},", written::table(fault)));
                text.push_str("]\n");
            }
        }
        _ = writeln!(text, "ask.{} = {}", self.call, written::table(&self.arguments));
        text.push_str("unspecified = [{}]\n");
        text
    }

    /// The whole case file.
    #[must_use]
    pub fn file_text(&self, name: &str, about: &str) -> String {
        format!("about = \"Found by netdbspec fuzz\"\nworld = \"default\"\n\n{}", self.case_text(name, about))
    }

    /// The case that the case file holds.
    ///
    /// # Errors
    /// Why it holds none, in words.
    pub fn case(&self, worlds: &Worlds) -> Result<Case, String> {
        let read = case::read_text(TOPIC, "an input", &self.file_text("input", "An input."), worlds);
        let told = |problems: Vec<_>| {
            problems.iter().map(|problem: &crate::world::Problem| problem.to_string()).collect::<Vec<_>>().join("\n")
        };
        read.map_err(told)?.pop().ok_or_else(|| "the file has no case".to_owned())
    }

    /// How much there is of it: what shrinking makes smaller.
    #[must_use]
    pub fn size(&self) -> usize {
        self.file_text("", "").len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_a_case_file() {
        let arguments = toml::from_str("node = 'x.example'\nfamily = 'AF_INET'").unwrap();
        let input = Input {
            hosts: Some(vec!["192.0.2.7 a".to_owned()]),
            nsswitch: Some("hosts: dns files".to_owned()),
            options: vec!["ndots:3".to_owned()],
            search: vec!["one.test".to_owned()],
            records: vec!["new.test. A 192.0.2.1".to_owned(), r"a\032b.test. A 192.0.2.1".to_owned()],
            faults: vec![
                toml::from_str("drop = {}\non = { type = 'A' }").unwrap(),
                toml::from_str(r"answer = { answer = 'b\032c.test. A 192.0.2.2' }").unwrap(),
            ],
            env: [("RES_OPTIONS".to_owned(), "ndots:2".to_owned())].into(),
            ..Input::plain("getaddrinfo", arguments)
        };
        insta::assert_snapshot!(input.file_text("one", "What it shows."), @r#"
        about = "Found by netdbspec fuzz"
        world = "default"

        [[case]]
        name = "one"
        about = "What it shows."
        files = { "hosts" = "192.0.2.7 a\n", "nsswitch.conf" = "hosts: dns files\nnetworks: files\nprotocols: files\nservices: files\n", "resolv.conf" = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\nsearch one.test\noptions ndots:3\n" }
        env = { RES_OPTIONS = "ndots:2" }
        records = '''
        new.test. A 192.0.2.1
        a\032b.test. A 192.0.2.1
        '''
        nxdomain = ["example"]
        fault = [
          { on = { type = "A" }, drop = {} },
          { answer = { answer = 'b\032c.test. A 192.0.2.2' } },
        ]
        ask.getaddrinfo = { node = "x.example", family = "AF_INET" }
        unspecified = [{}]
        "#);
        let worlds = crate::world::load(&crate::tree::Tree::fixtures().below("worlds")).unwrap();
        let case = input.case(&worlds).unwrap();
        assert_eq!(case.id.to_string(), "fuzz/found/input");
    }
}
