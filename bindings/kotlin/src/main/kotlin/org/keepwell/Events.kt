package org.keepwell

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/**
 * What happens in the wallet from when this is collected until the collection ends: in order, none lost.
 *
 * A collector that is slow lets later events wait in memory; the wallet does not wait.
 */
fun Wallet.events(): Flow<Event> = flow {
    val channel = Channel<List<Event>>(Channel.UNLIMITED)
    val observer = object : Observer {
        override fun onEvents(events: List<Event>) {
            // It fails only when nobody collects any more.
            channel.trySend(events)
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
