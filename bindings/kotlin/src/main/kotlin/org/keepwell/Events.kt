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
    val channel = Channel<Event>(Channel.UNLIMITED)
    val observer = object : Observer {
        override fun onEvent(event: Event) {
            // It fails only when nobody collects any more.
            channel.trySend(event)
        }
    }
    subscribe(observer).use { subscription ->
        try {
            for (event in channel) emit(event)
        } finally {
            subscription.cancel()
            channel.cancel()
        }
    }
}
