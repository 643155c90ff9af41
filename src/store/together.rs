//! Writes of one kind that are made as one. What many bring at the same time shares a transaction, its bookkeeping and its
//! statements: whoever finds nobody waiting queues a write, and that takes along all who came until its turn.
//!
//! So the more come, the less each of them costs, on PostgreSQL too, where every other write is a transaction of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::door::Store;
use super::error::StoreError;
use super::tx::Tx;
use super::writer::{Isolation, Write, run_guarded};

/// A door for writes of one kind.
pub struct Together<T, R> {
    store: Store,
    shared: Arc<Shared<T, R>>,
}

type Answer<R> = oneshot::Sender<Result<R, StoreError>>;
type Answers<R> = Vec<Answer<R>>;
type Waiting<T, R> = (T, Answer<R>);
type All<T, R> = Box<dyn Fn(&mut Tx<'_>, &[T]) -> Result<Vec<R>, StoreError> + Send + Sync>;

struct Shared<T, R> {
    waiting: Mutex<Vec<Waiting<T, R>>>,
    /// How many wait for their answer, whatever their kind.
    crowd: Arc<AtomicUsize>,
    all: All<T, R>,
}

impl Store {
    /// A door at which what arrives is written by `all` together. It returns one answer for each item, in their order; an
    /// error of it is everybody's, so what one item alone may be refused for is to be found before it comes here. As any
    /// write it may be run more than once.
    pub fn together<T, R>(
        &self,
        all: impl Fn(&mut Tx<'_>, &[T]) -> Result<Vec<R>, StoreError> + Send + Sync + 'static,
    ) -> Together<T, R>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        Together {
            store: self.clone(),
            shared: Arc::new(Shared {
                waiting: Mutex::default(),
                crowd: self.crowd(),
                all: Box::new(all),
            }),
        }
    }
}

impl<T: Send + 'static, R: Send + 'static> Together<T, R> {
    /// Writes this item, together with others'. An `Ok` is returned once it is durable.
    ///
    /// # Errors
    /// Those of the write, and of the transaction around it; then nothing of it remains.
    pub async fn write(&self, item: T) -> Result<R, StoreError> {
        self.store.tapped().await;
        // A place first: nothing may come between waiting and the write that takes us along.
        let place = self.store.place().await?;
        let (answer, answered) = oneshot::channel();
        let is_first = {
            let mut waiting = self.shared.waiting();
            waiting.push((item, answer));
            self.shared.crowd.fetch_add(1, Ordering::Relaxed);
            waiting.len() == 1
        };
        if is_first {
            place.send(Box::new(Batch {
                shared: Arc::clone(&self.shared),
                taken: None,
                result: None,
                was_reached: false,
            }));
        } else {
            drop(place);
        }
        let answer = answered.await.map_err(|_| StoreError::Closed)?;
        self.store.tapped().await;
        answer
    }
}

impl<T, R> Shared<T, R> {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<T, R>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> (Vec<T>, Answers<R>) {
        std::mem::take(&mut *self.waiting()).into_iter().unzip()
    }
}

/// The queued write.
struct Batch<T, R> {
    shared: Arc<Shared<T, R>>,
    /// Those who waited when it was its turn.
    taken: Option<(Vec<T>, Answers<R>)>,
    result: Option<Result<Vec<R>, StoreError>>,
    /// It was its turn, whatever came of it.
    was_reached: bool,
}

impl<T: Send, R: Send> Write for Batch<T, R> {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        self.was_reached = true;
        let (items, _) = self.taken.get_or_insert_with(|| self.shared.take());
        let result = run_guarded(|| (self.shared.all)(tx, items));
        let wants_commit = result.is_ok();
        self.result = Some(result);
        wants_commit
    }

    fn answer(mut self: Box<Self>, trouble: Option<StoreError>) {
        self.was_reached = true;
        let (_, answers) = self.taken.take().unwrap_or_else(|| self.shared.take());
        let result = match trouble {
            Some(trouble) => Err(trouble),
            None => self.result.take().unwrap_or(Err(StoreError::Closed)),
        };
        self.shared
            .crowd
            .fetch_sub(answers.len(), Ordering::Relaxed);
        // Whoever asked may have gone away; the write stands all the same.
        match result {
            Ok(results) => {
                for (answer, result) in answers.into_iter().zip(results) {
                    let _ = answer.send(Ok(result));
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }

    fn isolation(&self) -> Isolation {
        Isolation::Serializable
    }
}

impl<T, R> Drop for Batch<T, R> {
    fn drop(&mut self) {
        // Only a writer's thread that came to a bad end drops what it did not reach: nobody is to wait for that.
        if !self.was_reached {
            let (_, unanswered) = self.shared.take();
            self.shared
                .crowd
                .fetch_sub(unanswered.len(), Ordering::Relaxed);
        }
    }
}
