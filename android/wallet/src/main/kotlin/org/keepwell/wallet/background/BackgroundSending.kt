package org.keepwell.wallet.background

import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import org.keepwell.wallet.model.ClinicRead
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.WalletServices

/** How a piece of work in the background ended. */
sealed interface Sent {
    /** Nothing waits any more. */
    data object All : Sent

    /** Nobody was reached: the scheduler tries again, each time later. */
    data object None : Sent

    /** Something went out, or came in, and [left] waits: it is worth a new beginning. */
    data class Some(val left: Int) : Sent

    /** The wallet is locked, so nothing can be sent; the person was asked to open it, and is asked again in [again]. */
    data class Locked(val left: Int) : Sent {
        /** A day: what is open is worth a reminder, and not a siege. */
        val again get() = 1.days
    }
}

/**
 * Sends what was decided on this phone also while the app is out of sight, and says what became of it.
 *
 * What waits is sealed by the wallet's own keys, so a wallet that is locked sends nothing. In the background it stays open for the
 * time that its owner set, which a sync does not lengthen; after that the person is asked to open it.
 */
class BackgroundSending(
    private val services: WalletServices,
    private val schedule: SendingSchedule,
    private val notices: Notices,
    private val wishes: StateFlow<NoticeWishes>,
    private val isInFront: () -> Boolean,
) {
    private var stillOpen: Set<GrantId> = emptySet()
    private var isSending = false

    /** Follows what waits, for as long as the app lives: sends it once the wallet opens, schedules the work, and says what has ended. */
    suspend fun follow(): Unit = coroutineScope {
        var hasTried = false
        // Also what leaves the count as it is: access that is ended before its beginning was sent.
        val changes = services.consent.changes.onStart { emit(Unit) }
        combine(services.lock.isUnlocked, services.consent.unsent, changes) { isOpen, waiting, _ -> isOpen to waiting }.collect { (isOpen, waiting) ->
            if (!isOpen) hasTried = false
            // Also of a wallet that was erased: nobody is asked to open it.
            if (waiting == 0) notices.clearUnsent()
            if (!isOpen && waiting == 0 && !isSending) schedule.cancel()
            if (!isOpen || waiting == null) return@collect
            sayWhatStopped()
            if (waiting > 0 && !hasTried) launch { services.consent.sync() }
            hasTried = true
            // The work that runs ends by itself with its own next step.
            if (!isSending) if (waiting > 0) schedule.send(waiting) else schedule.cancel()
        }
    }

    /** One piece of work; [waiting] is what waited when it was scheduled. */
    suspend fun send(waiting: Int): Sent {
        isSending = true
        try {
            withTimeoutOrNull(PATIENCE) {
                while (services.lock.isUnlocked.value && services.consent.sync().problemOrNull() == null && left(waiting) > 0) delay(AGAIN)
            }
        } finally {
            isSending = false
        }
        val left = left(waiting)
        return when {
            left == 0 -> Sent.All
            !services.lock.isUnlocked.value -> Sent.Locked(left).also { if (isToBeTold()) notices.unsent(left) }
            left != waiting -> Sent.Some(left)
            else -> Sent.None
        }
    }

    /** A process that has not opened the wallet only knows what it was told. */
    private fun left(waiting: Int) = services.consent.unsent.value ?: waiting

    private suspend fun sayWhatStopped() {
        val grants = services.consent.grants().orElse { return } ?: return
        val hasStopped = grants.any { it.id in stillOpen && !it.isOpen }
        stillOpen = grants.filter { it.isStillOpen }.mapTo(HashSet()) { it.id }
        if (hasStopped && isToBeTold()) notices.stopped()
    }

    private fun isToBeTold() = wishes.value.tellsSending && !isInFront()

    private companion object {
        /** How long one piece of work may take; it is also the longest that a sync keeps a wallet from locking. */
        val PATIENCE = 45.seconds
        val AGAIN = 5.seconds
    }
}

/** The phone's own scheduler, which begins the work when there is a network. */
interface SendingSchedule {
    /** Begins [after] this time, as soon as there is a network; what is scheduled already for as much stays as it is. */
    fun send(waiting: Int, after: Duration = Duration.ZERO)

    /** Nothing waits any more. */
    fun cancel()
}

/**
 * What the person is told while the app is out of sight, by words that anybody may read; nothing where that is not allowed. A clinic is
 * named where the person wishes that.
 */
interface Notices {
    /** So many changes wait for the wallet to be opened. */
    fun unsent(count: Int)

    /** Nothing waits any more. */
    fun clearUnsent()

    /** Access that was ended before can't be used any more. */
    fun stopped()

    /** So many accesses end within a day; [clinicName] where it is one, and may be named. */
    fun endsSoon(count: Int, clinicName: String?)

    /** A clinic has read records, beside those of a notice that is still there; named where it may be. */
    fun read(read: ClinicRead)
}
