//! Threads that work on one thing together, and wait for the next awake.
//!
//! A training step hands out work twice; waking a sleeping thread takes as long as a step of a small network. So the members of a team look
//! out for work for a while before they sleep.

use crate::flush::Flushed;
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// How often a member looks for work before it sleeps: about 50 µs.
const LOOKS: u32 = 2_000;

/// So many threads, the caller's being one of them.
#[derive(Debug)]
pub struct Team {
    shared: Arc<Shared>,
    members: Vec<JoinHandle<()>>,
}

type Job = *const (dyn Fn(usize) + Sync);

struct Shared {
    /// Counts the jobs; a member compares it with the last one it did.
    number: AtomicU64,
    /// The job of that number.
    job: UnsafeCell<Option<Job>>,
    /// Members that are not done with it.
    working: AtomicUsize,
    over: AtomicBool,
    /// What a member's panic said.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    asleep: Mutex<usize>,
    wake: Condvar,
}

// SAFETY: `job` is written by the team's owner alone, while no member works, before `number` is stored with release ordering; members read
// it after they have loaded `number` with acquire ordering. The closure behind it is `Sync`.
unsafe impl Sync for Shared {}
// SAFETY: as above; nothing else in it is tied to a thread.
unsafe impl Send for Shared {}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Team {
    /// Of `threads` threads, at least the caller's.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            number: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            working: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            panic: Mutex::new(None),
            asleep: Mutex::new(0),
            wake: Condvar::new(),
        });
        let member = |index: usize| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("hetc-{index}")).spawn(move || shared.serve(index)).ok()
        };
        // Where the system gives no more threads, the team is smaller.
        let members = (1..threads).map_while(member).collect();
        Self { shared, members }
    }

    /// How many threads it has.
    pub fn size(&self) -> usize {
        self.members.len() + 1
    }

    /// Calls `job` on every thread with the thread's index, and returns when all are done. Denormal numbers are flushed meanwhile. A panic
    /// in one of them is the caller's.
    pub fn run(&mut self, job: &(dyn Fn(usize) + Sync)) {
        if !self.members.is_empty() {
            // SAFETY: only the lifetime is changed; every use ends before this function returns, since it waits for `working` to be 0.
            let job: Job = unsafe { std::mem::transmute(std::ptr::from_ref(job)) };
            // SAFETY: no member reads it now: all were done when the last call returned, and `&mut self` keeps out others.
            unsafe { *self.shared.job.get() = Some(job) };
            self.shared.working.store(self.members.len(), Ordering::Relaxed);
            self.shared.number.fetch_add(1, Ordering::Release);
            self.shared.wake_sleepers();
        }
        let own = catch_unwind(AssertUnwindSafe(|| {
            let _flushed = Flushed::new();
            job(0);
        }));
        let mut looks = 0;
        while self.shared.working.load(Ordering::Acquire) > 0 {
            looks += 1;
            if looks < LOOKS { std::hint::spin_loop() } else { thread::yield_now() }
        }
        let theirs = self.shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = own.err().or(theirs) {
            resume_unwind(panic);
        }
    }

    /// Splits `0..items` among the threads in the order in which they come for more, and calls `job` with thread and item.
    pub fn share(&mut self, items: usize, job: &(dyn Fn(usize, usize) + Sync)) {
        let next = AtomicUsize::new(0);
        self.run(&|thread| {
            loop {
                let item = next.fetch_add(1, Ordering::Relaxed);
                if item >= items {
                    return;
                }
                job(thread, item);
            }
        });
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        self.shared.number.fetch_add(1, Ordering::Release);
        self.shared.wake_sleepers();
        for member in self.members.drain(..) {
            let _ = member.join(); // its panics have been handed on
        }
    }
}

impl Shared {
    fn wake_sleepers(&self) {
        // Taking the lock orders this with a member that is about to sleep: it looks again under the lock.
        let asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        if *asleep > 0 {
            self.wake.notify_all();
        }
    }

    fn serve(&self, index: usize) {
        let _flushed = Flushed::new();
        let mut done = 0;
        loop {
            done = self.await_job(done);
            if self.over.load(Ordering::Acquire) {
                return;
            }
            // SAFETY: the job was stored before its number, which has been read; it lives until `working` is 0.
            let result = catch_unwind(AssertUnwindSafe(|| unsafe {
                if let Some(job) = *self.job.get() {
                    (*job)(index);
                }
            }));
            if let Err(panic) = result {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            self.working.fetch_sub(1, Ordering::Release);
        }
    }

    /// The number of the first job after `done`.
    fn await_job(&self, done: u64) -> u64 {
        for _ in 0..LOOKS {
            let number = self.number.load(Ordering::Acquire);
            if number != done {
                return number;
            }
            std::hint::spin_loop();
        }
        let mut asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        *asleep += 1;
        loop {
            let number = self.number.load(Ordering::Acquire);
            if number != done {
                *asleep -= 1;
                return number;
            }
            asleep = self.wake.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_works_every_time() {
        for threads in [1, 2, 5] {
            let mut team = Team::new(threads);
            let counts: Vec<AtomicUsize> = (0..team.size()).map(|_| AtomicUsize::new(0)).collect();
            for _ in 0..1000 {
                team.run(&|thread| _ = counts[thread].fetch_add(1, Ordering::Relaxed));
            }
            assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1000), "{counts:?}");
        }
    }

    #[test]
    fn items_are_shared_out_once_each_also_after_a_sleep() {
        let mut team = Team::new(3);
        for _ in 0..3 {
            let taken: Vec<AtomicUsize> = (0..100).map(|_| AtomicUsize::new(0)).collect();
            team.share(taken.len(), &|_, item| _ = taken[item].fetch_add(1, Ordering::Relaxed));
            assert!(taken.iter().all(|count| count.load(Ordering::Relaxed) == 1));
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn a_panic_is_the_callers_and_the_team_goes_on() {
        let mut team = Team::new(2);
        for bad in [0, 1] {
            let caught = catch_unwind(AssertUnwindSafe(|| team.run(&|thread| assert_ne!(thread, bad))));
            assert!(caught.is_err());
        }
        team.run(&|_| ());
    }
}
