//! What may wait for a disk or another server, on threads where that keeps nobody.

/// The work was not done to its end: by a panic, of which the log has the details, or since the server stopped first.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the work was not done to its end")]
pub struct Interrupted;

/// Does `work` on a thread that may block; what it logs is logged as of the same request.
///
/// # Errors
/// [`Interrupted`].
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Interrupted> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|_| Interrupted)
}
