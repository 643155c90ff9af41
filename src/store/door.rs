//! The doors of the store: one for writes, one for reads; synchronous inside, asynchronous outside.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ManageConnection, Pool};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::{Semaphore, mpsc};

use super::db::{Connector, Db};
use super::error::{Damage, StoreError, sort};
use super::jobs::{Among, JobRow};
use super::migrate::migrate;
use super::signal::{JobsEnqueued, JobsSignal};
use super::turn::Turnstile;
use super::tx::{ReadTx, Tx};
use super::url::DatabaseUrl;
use super::writer::{
    Isolation, Pending, Workshop, Write, run_guarded, write_to_postgres, write_to_sqlite,
};
use crate::clock::Timestamp;
use crate::ids::{RandomIds, SharedIds};

/// Something that is told right before and right after every write. What comes next waits for its answer, so a test can
/// stop a process at that moment by never answering.
pub trait Tap: Send + Sync {
    fn moment(&self) -> BoxFuture<'_, ()>;
}

/// How a store is opened. The defaults suit a service of one process.
#[derive(Clone)]
pub struct StoreOptions {
    /// Where the ids of jobs come from.
    pub ids: SharedIds,
    /// How long a write waits while another process holds a lock, before it is reported as busy.
    pub busy_timeout: Duration,
    /// Connections that read at the same time.
    pub readers: u32,
    /// Connections that write at the same time on PostgreSQL.
    pub postgres_writers: u32,
    /// Writes that may wait; whoever comes later waits outside.
    pub queue: usize,
    /// The most writes that SQLite commits together.
    pub batch: usize,
}

impl StoreOptions {
    pub fn new(ids: SharedIds) -> Self {
        StoreOptions {
            ids,
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            postgres_writers: 4,
            queue: 1024,
            batch: 256,
        }
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions::new(Arc::new(RandomIds))
    }
}

/// The database, opened and up to date. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: DatabaseUrl,
    /// `None` once the store is closed.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Write>>>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
    readers: Pool<ReadConnections>,
    /// Keeps the waiting for a reader off the threads.
    read_slots: Semaphore,
    signal: Arc<JobsEnqueued>,
    /// How many wait for what is written together with others.
    crowd: Arc<AtomicUsize>,
    /// Empty but in tests.
    tap: OnceLock<Arc<dyn Tap>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("url", &self.inner.url)
            .finish()
    }
}

impl Store {
    /// Opens the database; a SQLite file and its folder are created if missing, and the schema is brought up to date.
    ///
    /// # Errors
    /// Away, unusable or busy databases, one that a newer version migrated, and failed migrations.
    pub async fn open(url: &DatabaseUrl, options: StoreOptions) -> Result<Store, StoreError> {
        let connector = Connector {
            url: url.clone(),
            busy_timeout: options.busy_timeout,
        };
        blocking(move || Store::open_blocking(connector, options)).await
    }

    fn open_blocking(connector: Connector, options: StoreOptions) -> Result<Store, StoreError> {
        migrate(&connector)?;
        let readers = Pool::builder()
            .max_size(options.readers.max(1))
            .min_idle(Some(0))
            .connection_timeout(options.busy_timeout)
            .build_unchecked(ReadConnections(connector.clone()));
        let url = connector.url.clone();
        let signal = Arc::new(JobsEnqueued::new());
        let turnstile = url.sqlite_path().map(Turnstile::open).transpose()?;
        let workshop = Arc::new(Workshop {
            connector,
            turnstile,
            ids: options.ids,
            signal: Arc::clone(&signal),
            batch: options.batch.max(1),
        });
        let (sender, receiver) = mpsc::channel(options.queue.max(1));
        let writers = start_writers(&workshop, receiver, options.postgres_writers.max(1))?;
        Ok(Store {
            inner: Arc::new(Inner {
                url,
                queue: Mutex::new(Some(sender)),
                writers: Mutex::new(writers),
                readers,
                read_slots: Semaphore::new(options.readers.max(1) as usize),
                signal,
                crowd: Arc::default(),
                tap: OnceLock::new(),
            }),
        })
    }

    /// From now on tells `tap` of every write, whichever clone of this store it goes through. Only the first one counts.
    pub fn tap(&self, tap: Arc<dyn Tap>) {
        self.inner.tap.get_or_init(|| tap);
    }

    pub(super) async fn tapped(&self) {
        if let Some(tap) = self.inner.tap.get() {
            tap.moment().await;
        }
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// Runs the closure in a transaction as if it were alone. An `Ok` is returned once it is durable; after an `Err`
    /// nothing of the closure's writes remains. The closure may be run more than once, so it must have no effect but
    /// through its [`Tx`]. Once queued, the write is carried out even if the caller stops waiting.
    ///
    /// # Errors
    /// The closure's own, and any [`StoreError`] of the transaction around it.
    pub async fn write<T, E, F>(&self, closure: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_as(Isolation::Serializable, closure).await
    }

    async fn write_as<T, E, F>(&self, isolation: Isolation, closure: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.tapped().await;
        let place = self.place().await?;
        let (pending, answer) = Pending::new(closure, isolation);
        // The place is gone with this: held, it would keep a closing store open for as long as this write waits.
        place.send(Box::new(pending));
        let answer = answer.await.map_err(|_| StoreError::Closed)?;
        self.tapped().await;
        answer
    }

    /// A place in the queue of writes.
    pub(super) async fn place(&self) -> Result<OwnedPermit<Box<dyn Write>>, StoreError> {
        let queue = lock(&self.inner.queue).clone().ok_or(StoreError::Closed)?;
        queue.reserve_owned().await.map_err(|_| StoreError::Closed)
    }

    pub(super) fn crowd(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.inner.crowd)
    }

    /// Runs the closure on a consistent view of what is committed.
    ///
    /// # Errors
    /// The closure's own, and any [`StoreError`] of the view.
    pub async fn read<T, E, F>(&self, closure: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let _slot = self
            .inner
            .read_slots
            .acquire()
            .await
            .map_err(|_| StoreError::Closed)?;
        let readers = self.inner.readers.clone();
        blocking(move || {
            let mut connection = readers
                .get()
                .map_err(|error| StoreError::Away(error.to_string()))?;
            connection.read(closure)
        })
        .await
    }

    /// Leases the next of these jobs, as [`Tx::claim_job`] does, in a transaction of its own that does not get in
    /// the way of other workers. The lease is durable before the job is returned.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn claim_job(
        &self,
        worker: &str,
        among: impl Into<Among>,
        now: Timestamp,
        lease: chrono::Duration,
    ) -> Result<Option<JobRow>, StoreError> {
        let worker = worker.to_owned();
        let among = among.into();
        self.write_as(Isolation::ReadCommitted, move |tx| {
            tx.claim_job(&worker, among.clone(), now, lease)
        })
        .await
    }

    /// How many writes are queued at this moment, from whomever; those that are written together count until they are
    /// answered.
    pub fn waiting_writes(&self) -> usize {
        let queued = lock(&self.inner.queue)
            .as_ref()
            .map_or(0, |queue| queue.max_capacity() - queue.capacity());
        queued + self.inner.crowd.load(Ordering::Relaxed)
    }

    /// Fires after every commit that made jobs ready.
    pub fn jobs_enqueued(&self) -> JobsSignal {
        self.inner.signal.listen()
    }

    /// Takes no more writes, and returns when those already queued are answered.
    pub async fn close(&self) {
        lock(&self.inner.queue).take();
        let writers = std::mem::take(&mut *lock(&self.inner.writers));
        let joined = blocking(move || {
            for writer in writers {
                writer
                    .join()
                    .map_err(|_| StoreError::Panicked("a writer thread".to_owned()))?;
            }
            Ok::<(), StoreError>(())
        });
        if let Err(error) = joined.await {
            tracing::error!(%error, "the store was not closed in order");
        }
    }
}

fn start_writers(
    workshop: &Arc<Workshop>,
    queue: mpsc::Receiver<Box<dyn Write>>,
    postgres_writers: u32,
) -> Result<Vec<JoinHandle<()>>, StoreError> {
    let start = |name: String, work: Box<dyn FnOnce(&Workshop) + Send>| {
        let workshop = Arc::clone(workshop);
        std::thread::Builder::new()
            .name(name)
            .spawn(move || work(&workshop))
            .map_err(|error| StoreError::Other(format!("cannot start a writer thread: {error}")))
    };
    if workshop.connector.url.is_postgres() {
        let queue = Arc::new(Mutex::new(queue));
        (0..postgres_writers)
            .map(|number| {
                let queue = Arc::clone(&queue);
                start(
                    format!("store-writer-{number}"),
                    Box::new(move |workshop| write_to_postgres(workshop, &queue)),
                )
            })
            .collect()
    } else {
        let work = Box::new(move |workshop: &Workshop| write_to_sqlite(workshop, queue));
        Ok(vec![start("store-writer".to_owned(), work)?])
    }
}

/// Runs blocking work off the asynchronous threads.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err(StoreError::Panicked(error.to_string()).into()),
        Err(_) => Err(StoreError::Closed.into()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the connections that read.
struct ReadConnections(Connector);

struct ReadConnection {
    db: Db,
    broken: bool,
}

impl ReadConnection {
    fn read<T, E: From<StoreError>>(
        &mut self,
        closure: impl FnOnce(&mut ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.execute("BEGIN")?;
        let mut tx = ReadTx::new(&mut self.db);
        let result = run_guarded(|| closure(&mut tx));
        if let Some((_, Damage::Connection)) = tx.failure() {
            self.broken = true;
        } else if let Err(error) = self.execute("ROLLBACK") {
            tracing::warn!(%error, "a read could not be ended; its connection is given up");
        }
        result
    }

    fn execute(&mut self, statement: &str) -> Result<(), StoreError> {
        self.db.batch_execute(statement).map_err(|error| {
            self.broken = true;
            sort(error).0
        })
    }
}

impl ManageConnection for ReadConnections {
    type Connection = ReadConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<ReadConnection, StoreError> {
        Ok(ReadConnection {
            db: self.0.connect_read_only()?,
            broken: false,
        })
    }

    fn is_valid(&self, connection: &mut ReadConnection) -> Result<(), StoreError> {
        connection.execute("SELECT 1")
    }

    fn has_broken(&self, connection: &mut ReadConnection) -> bool {
        connection.broken
    }
}
