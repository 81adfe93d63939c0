package org.keepwell

import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.channels.trySendBlocking
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow

/**
 * What happens in the wallet while this is collected: in order, none lost.
 *
 * A collector that is slow lets later events wait in the library; the wallet itself does not wait.
 */
fun Wallet.events(): Flow<Event> = callbackFlow {
    val subscription = subscribe(
        object : Observer {
            override fun onEvent(event: Event) {
                // It fails only when nobody collects any more.
                trySendBlocking(event)
            }
        },
    )
    awaitClose { subscription.use { it.cancel() } }
}
