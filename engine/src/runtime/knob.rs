//! In: values from the one place that may act. Out: the latest value, for everyone else to read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

#[derive(Debug)]
struct Shared<T> {
    value: RwLock<Arc<T>>,
    version: AtomicU64,
}

/// The writing end of a knob. It is not `Clone`, so the compiler says who may act.
#[derive(Debug)]
pub struct Setter<T>(Arc<Shared<T>>);

/// The reading end of a knob; clones read the same value.
#[derive(Debug)]
pub struct Knob<T>(Arc<Shared<T>>);

/// Makes a knob: one writer, any number of readers.
///
/// ```
/// let (setter, knob) = scarcity_engine::runtime::knob(10_u32);
/// setter.set(20);
/// assert_eq!(*knob.get(), 20);
/// ```
pub fn knob<T>(initial: T) -> (Setter<T>, Knob<T>) {
    let shared = Arc::new(Shared { value: RwLock::new(Arc::new(initial)), version: AtomicU64::new(0) });
    (Setter(Arc::clone(&shared)), Knob(shared))
}

impl<T> Setter<T> {
    /// Replaces the value; readers see it at their next look.
    pub fn set(&self, value: T) {
        *self.0.value.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// The value in force.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.value.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Knob<T> {
    /// The value in force.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often it was set; an unchanged number means an unchanged value.
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }
}

impl<T> Clone for Knob<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
