package org.keepwell.wallet.background

import java.time.InstantSource
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.WalletServices

/**
 * Fetches, once a day, what is new at the clinics whose records come from their servers, when the app has gone out of sight.
 *
 * Not while it is looked at: what the person does then, the end of an access before all else, does not wait behind a server. A wallet
 * that is locked fetches nothing; it stays open in the background for as long as its owner set, which this does not lengthen.
 */
class SourceRefresh(
    private val services: WalletServices,
    private val schedule: SendingSchedule,
    private val isInFront: StateFlow<Boolean>,
    private val clock: InstantSource,
) {
    /** The clinics that were due when the app went out of sight; asking again would keep the wallet from locking. */
    private var due: List<SourceId> = emptyList()

    /** Follows whether the app is looked at, for as long as it lives, and schedules the work when it is not. */
    suspend fun follow() {
        combine(services.lock.isUnlocked, isInFront) { isOpen, isInFront -> isOpen && !isInFront }.collectLatest { mayBegin ->
            due = emptyList()
            if (mayBegin) {
                // A turn of the phone takes the app out of sight, too.
                delay(BEFORE)
                val yesterday = clock.instant() - EVERY.toJavaDuration()
                val sources = services.sources.list().orElse { }.orEmpty()
                due = sources.filter { !it.needsSignIn && it.last?.isBefore(yesterday) != false }.map { it.id }
            }
            if (due.isEmpty()) schedule.cancel() else schedule.send(due.size)
        }
    }

    /** One piece of work: ends when all is fetched, after [PATIENCE], when the wallet locks, or when the app is looked at. */
    suspend fun refresh() {
        withTimeoutOrNull(PATIENCE) {
            coroutineScope {
                val work = launch {
                    // One that is not reached is tried again another time, when it is still due.
                    for (id in due) services.sources.sync(id)
                }
                val watch = launch {
                    combine(services.lock.isUnlocked, isInFront) { isOpen, isInFront -> isOpen && !isInFront }.first { !it }
                    work.cancel()
                }
                work.join()
                watch.cancel()
            }
        }
    }

    private companion object {
        val BEFORE = 2.seconds
        val EVERY = 1.days
        val PATIENCE = 45.seconds
    }
}
