package org.keepwell.wallet.background

import java.time.Instant
import java.time.InstantSource
import kotlin.time.Duration.Companion.days
import kotlin.time.toJavaDuration
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.WalletServices

/** Something to be said at a [time]: that an access ends; [clinicName] where the person wishes clinics to be named. */
data class EndReminder(val time: Instant, val clinicName: String?) {
    override fun toString() = "EndReminder(time=$time)"
}

/** Says what was planned when its time has come, also over a restart of the phone, and while the wallet is locked. */
interface ReminderSchedule {
    /** In place of all that was planned before; in the order of their time. */
    fun plan(reminders: List<EndReminder>)
}

/**
 * Plans to say a day before that an access ends. That is planned while the wallet is open, for a locked one does not say who has access;
 * what is planned outlives the lock.
 */
class EndReminders(
    private val services: WalletServices,
    private val wishes: StateFlow<NoticeWishes>,
    private val schedule: ReminderSchedule,
    private val clock: InstantSource,
) {
    /** Plans anew whenever something may have changed, for as long as the app lives. */
    suspend fun follow(): Unit = coroutineScope {
        launch {
            // Of a wallet that was erased nothing is said any more.
            services.start.hasWallet.filterNotNull().collect { if (!it) schedule.plan(emptyList()) }
        }
        val changes = services.consent.changes.onStart { emit(Unit) }
        combine(services.lock.isUnlocked, wishes, changes) { isOpen, wishes, _ -> isOpen to wishes }.collect { (isOpen, wishes) ->
            if (!wishes.tellsEnds) {
                schedule.plan(emptyList())
            } else if (isOpen) {
                services.consent.grants().orElse { }?.let { schedule.plan(remindersOf(it, wishes.namesClinics)) }
            }
        }
    }

    private fun remindersOf(grants: List<Grant>, namesClinics: Boolean): List<EndReminder> {
        val now = clock.instant()
        return grants.filter { it.state.isInForce }
            .map { EndReminder(it.notAfter - BEFORE.toJavaDuration(), it.clinicName.takeIf { namesClinics }) }
            .filter { it.time > now }
            .sortedBy { it.time }
            .take(MOST)
    }

    private companion object {
        /** As long before as the home tells of an end. */
        val BEFORE = 1.days

        /** More than anybody gives who is not attacked. */
        const val MOST = 100
    }
}
