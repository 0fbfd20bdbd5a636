//! The third part of the page: a section for each case. In a small report they are plain HTML. In a large one they are
//! compressed, a block for each topic, and the page's script unpacks the block that is opened.

use data_encoding::BASE64;
use miniz_oxide::deflate::compress_to_vec;

use super::escape::escape;
use crate::event::Record;

/// So many bytes of sections are plain HTML; where there are more, all are compressed.
const PLAIN: usize = 1 << 20;

/// How hard to compress, of 10.
const EFFORT: u8 = 9;

/// The sections, in the order of their cases.
#[derive(Default)]
pub(super) struct Sections {
    topics: Vec<Topic>,
    packed: bool,
    bytes: usize,
    /// What is searched besides what the matrix shows: a line a case.
    words: String,
}

struct Topic {
    name: String,
    /// HTML, or base64 of deflated HTML.
    text: String,
}

impl Sections {
    /// One more case; cases of a topic come one after the other.
    pub(super) fn add(&mut self, record: &Record, section: &str) {
        self.bytes += section.len();
        if self.topics.last().is_none_or(|topic| topic.name != record.topic) {
            if self.packed {
                self.topics.last_mut().into_iter().for_each(Topic::pack);
            }
            self.topics.push(Topic { name: record.topic.clone(), text: String::new() });
        }
        let words = format!("{} {}", record.about, record.asked.join(" "));
        self.words.push_str(&words.split_whitespace().collect::<Vec<_>>().join(" "));
        self.words.push('\n');
        if let Some(topic) = self.topics.last_mut() {
            topic.text.push_str(section);
        }
        if !self.packed && self.bytes > PLAIN {
            self.packed = true;
            let whole = self.topics.len() - 1;
            self.topics[..whole].iter_mut().for_each(Topic::pack);
        }
    }

    /// The part of the page.
    pub(super) fn html(mut self) -> String {
        let words = format!("\n<script type=text/plain id=words>{}</script>", pack(&self.words));
        if !self.packed {
            let sections: String = self.topics.into_iter().map(|topic| topic.text).collect();
            return format!("<div id=sections>{sections}</div>{words}");
        }
        self.topics.last_mut().into_iter().for_each(Topic::pack);
        let mut html = String::from(
            "<div id=sections></div><noscript><p>The sections of so many cases are compressed, and a script opens them. \
             A report of one area has them as plain text.</noscript>",
        );
        for topic in &self.topics {
            let name = escape(&topic.name);
            html.push_str(&format!("\n<script type=text/plain data-topic=\"{name}\">{}</script>", topic.text));
        }
        html + &words
    }
}

impl Topic {
    fn pack(&mut self) {
        self.text = pack(&self.text);
    }
}

fn pack(text: &str) -> String {
    BASE64.encode(&compress_to_vec(text.as_bytes(), EFFORT))
}

#[cfg(test)]
mod tests {
    use miniz_oxide::inflate::decompress_to_vec;

    use super::*;
    use crate::event::{Event, read};

    fn record(topic: &str) -> Record {
        let events = read(include_str!("../../../fixtures/runs/mixed.jsonl")).unwrap();
        let record = events.into_iter().find_map(|event| match event {
            Event::CaseFinished(record) => Some(*record),
            _ => None,
        });
        Record { topic: topic.to_owned(), ..record.unwrap() }
    }

    /// The sections of three topics, each of two cases of so many bytes.
    fn html(bytes: usize) -> String {
        let mut sections = Sections::default();
        for topic in ["a/a", "a/b", "b/a"] {
            for nth in 0..2 {
                let section = format!("<section id={topic}/{nth}>{}</section>", "é".repeat(bytes / 2));
                sections.add(&record(topic), &section);
            }
        }
        sections.html()
    }

    #[test]
    fn a_small_report_has_plain_sections() {
        let html = html(10);
        assert!(html.starts_with("<div id=sections><section id=a/a/0>ééééé</section><section id=a/a/1>"), "{html}");
        assert!(html.contains("<section id=b/a/1>ééééé</section></div>\n<script type=text/plain id=words>"), "{html}");
    }

    #[test]
    fn a_large_report_has_a_block_for_each_topic() {
        for bytes in [PLAIN / 5, PLAIN / 2, PLAIN + 2] {
            let html = html(bytes);
            let blocks = html
                .lines()
                .filter_map(|line| line.strip_prefix("<script type=text/plain data-topic=\""))
                .map(|line| {
                    let (topic, packed) = line.split_once("\">").unwrap();
                    let packed = BASE64.decode(packed.strip_suffix("</script>").unwrap().as_bytes()).unwrap();
                    (topic.to_owned(), String::from_utf8(decompress_to_vec(&packed).unwrap()).unwrap())
                });
            let blocks: Vec<(String, String)> = blocks.collect();
            assert_eq!(blocks.iter().map(|(topic, _)| topic.as_str()).collect::<Vec<_>>(), ["a/a", "a/b", "b/a"]);
            for (topic, text) in blocks {
                let sections: Vec<&str> = text.split_inclusive("</section>").collect();
                assert_eq!(sections.len(), 2);
                assert!(sections[1].starts_with(&format!("<section id={topic}/1>é")));
            }
        }
    }
}
