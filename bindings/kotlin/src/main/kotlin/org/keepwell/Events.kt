package org.keepwell

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flow

/**
 * What happens in the wallet from when this is collected until the collection ends or the wallet is released: in order,
 * none lost. The last event tells of the release.
 *
 * A collector that is slow lets later events wait in memory; the wallet does not wait.
 */
fun Wallet.events(): Flow<Event> = flow {
    val channel = Channel<List<Event>>(Channel.UNLIMITED)
    val observer = object : Observer {
        override fun onEvents(events: List<Event>) {
            // It fails only when nobody collects any more.
            channel.trySend(events)
            if (events.any { it.isRelease }) channel.close()
        }
    }
    subscribe(observer).use { subscription ->
        try {
            for (events in channel) events.forEach { emit(it) }
        } finally {
            subscription.cancel()
            channel.cancel()
        }
    }
}

/**
 * Every grant, newest first: as they are now, and again whenever one has changed, whoever changed it. Nothing comes while the
 * wallet is locked; it ends when the wallet is released. A collector that is slow gets the newest list alone.
 */
fun Wallet.grantUpdates(): Flow<List<GrantView>> = updates({ it == Event.GrantsChanged }) { grants() }

/** Every share, newest first, in the same way; that one has ended by its time is seen at the next change. */
fun Wallet.shareUpdates(): Flow<List<ShareSummary>> = updates({ it == Event.SharesChanged }) { shares() }

private fun <T> Wallet.updates(concerns: (Event) -> Boolean, read: suspend () -> T): Flow<T> = flow {
    val changes = Channel<Unit>(Channel.CONFLATED)
    changes.trySend(Unit)
    val observer = object : Observer {
        override fun onEvents(events: List<Event>) {
            if (events.any { concerns(it) || it == Event.Unlocked }) changes.trySend(Unit)
            if (events.any { it.isRelease }) changes.close()
        }
    }
    val subscription = try {
        subscribe(observer)
    } catch (_: WalletException.Closed) {
        return@flow
    }
    subscription.use {
        try {
            for (change in changes) {
                val value = try {
                    read()
                } catch (_: WalletException.Locked) {
                    continue
                } catch (_: WalletException.Closed) {
                    break
                }
                emit(value)
            }
        } finally {
            subscription.cancel()
            changes.cancel()
        }
    }
}.distinctUntilChanged()

private val Event.isRelease get() = this is Event.Locked && reason == LockReason.RELEASED
