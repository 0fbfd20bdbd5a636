//! Records that are needed again at the end of a run, and are out of the way until then.

use std::io::{self, BufRead, BufReader, Seek, Write};

use tempfile::SpooledTempFile;

use super::Record;

/// What is kept in memory, in bytes; more goes to a file that nobody else sees.
const IN_MEMORY: usize = 16 << 20;

/// Records in the order in which they were put here. A process that forks once a case must be small: what it holds is
/// mapped anew each time, and a long run of many subjects has a gigabyte of records.
#[derive(Debug)]
pub struct Store(SpooledTempFile);

impl Default for Store {
    fn default() -> Self {
        Self(SpooledTempFile::new(IN_MEMORY))
    }
}

impl Store {
    /// Keeps one more record.
    ///
    /// # Errors
    /// When it can be written nowhere.
    pub fn push(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }

    /// Takes all records out.
    ///
    /// # Errors
    /// When they cannot be read again.
    pub fn take(&mut self) -> io::Result<Vec<Record>> {
        let mut file = std::mem::take(self).0;
        file.rewind()?;
        BufReader::new(file).split(b'\n').map(|line| Ok(serde_json::from_slice(&line?)?)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, read};

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let events = read(include_str!("../../fixtures/runs/mixed.jsonl")).unwrap();
        let records: Vec<Record> = events
            .into_iter()
            .filter_map(|event| match event {
                Event::CaseFinished(record) => Some(*record),
                _ => None,
            })
            .collect();
        let mut store = Store::default();
        records.iter().for_each(|record| store.push(record).unwrap());
        assert!(records.len() > 3);
        assert_eq!(store.take().unwrap(), records);
        assert!(store.take().unwrap().is_empty());
    }
}
