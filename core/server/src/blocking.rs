//! What may wait for a disk or another server, on threads where that keeps nobody.

/// The work ended by a panic: a fault of ours, of which the log has the details.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the work ended by a fault")]
pub struct Panicked;

/// Does `work` on a thread that may block; what it logs is logged as of the same request.
///
/// # Errors
/// [`Panicked`].
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|_| Panicked)
}
