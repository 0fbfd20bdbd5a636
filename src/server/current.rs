//! What is in force now, and can be replaced while queries arrive.

use std::sync::{Arc, PoisonError, RwLock};

/// A value that many read and few replace. Whoever has read it keeps what was in force then. A reader never waits for
/// another, and for whoever replaces the value only as long as a pointer takes to be written.
#[derive(Debug)]
pub(super) struct Current<T>(RwLock<Arc<T>>);

impl<T> Current<T> {
    pub(super) fn new(value: impl Into<Arc<T>>) -> Self {
        Self(RwLock::new(value.into()))
    }

    pub(super) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set(&self, value: impl Into<Arc<T>>) {
        let value = value.into();
        let before = std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), value);
        // What was in force may take long to drop: nobody waits for that.
        drop(before);
    }
}
