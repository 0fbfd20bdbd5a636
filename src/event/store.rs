//! Records that are needed again at the end of a run, and are out of the way until then.

use std::io::{self, Read, Seek, SeekFrom, Write};

use tempfile::SpooledTempFile;

use super::Record;

/// What is kept in memory, in bytes; more goes to a file that nobody else sees.
const IN_MEMORY: usize = 16 << 20;

/// Records in the order in which they were put here. A process that forks once a case must be small: what it holds is
/// mapped anew each time, and a long run of many subjects has a gigabyte of records.
#[derive(Debug)]
pub struct Store {
    file: SpooledTempFile,
    /// Where each record ends.
    ends: Vec<u64>,
}

impl Default for Store {
    fn default() -> Self {
        Self { file: SpooledTempFile::new(IN_MEMORY), ends: Vec::new() }
    }
}

impl Store {
    /// Keeps one more record.
    ///
    /// # Errors
    /// When it can be written nowhere.
    pub fn push(&mut self, record: &Record) -> io::Result<()> {
        let record = serde_json::to_vec(record)?;
        self.file.write_all(&record)?;
        self.ends.push(self.ends.last().unwrap_or(&0) + record.len() as u64);
        Ok(())
    }

    /// Takes all records out.
    ///
    /// # Errors
    /// When they cannot be read again.
    pub fn take(&mut self) -> io::Result<Vec<Record>> {
        let order: Vec<usize> = (0..self.ends.len()).collect();
        self.take_in(&order).collect()
    }

    /// Takes records out one by one in this order, by the numbers in which they were put here, counted from 0.
    pub fn take_in<'a>(&mut self, order: &'a [usize]) -> impl Iterator<Item = io::Result<Record>> + use<'a> {
        let Self { mut file, ends } = std::mem::take(self);
        let mut bytes = Vec::new();
        order.iter().map(move |nth| {
            let begin = nth.checked_sub(1).map_or(0, |before| ends[before]);
            bytes.resize(usize::try_from(ends[*nth] - begin).map_err(io::Error::other)?, 0);
            file.seek(SeekFrom::Start(begin))?;
            file.read_exact(&mut bytes)?;
            Ok(serde_json::from_slice(&bytes)?)
        })
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
        let backwards: Vec<usize> = (0..records.len()).rev().collect();
        let mut again: Vec<_> = store.take_in(&backwards).collect::<io::Result<_>>().unwrap();
        again.reverse();
        assert_eq!(again, records);
        records.iter().for_each(|record| store.push(record).unwrap());
        assert_eq!(store.take().unwrap(), records);
        assert!(store.take().unwrap().is_empty());
    }
}
