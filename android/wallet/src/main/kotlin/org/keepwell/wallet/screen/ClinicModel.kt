package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** One clinic: how it stands, every access that it has and had, and what it did with them. */
data class ClinicState(
    /** As far as it is known; null while nothing is. */
    val clinic: Clinic? = null,
    /** Whether name and place were proved now, and are not only what the directory or an earlier access says. */
    val isProved: Boolean = false,
    val grants: List<Grant> = emptyList(),
    /** What it did, newest first; null until it was read. */
    val entries: List<LogEntry>? = null,
    /** How many records it read under each access, each once; null where that could not be learned. */
    val recordsRead: Map<GrantId, Long?> = emptyMap(),
    val showsAllEntries: Boolean = false,
    /** How many decisions have yet to reach a server. */
    val unsent: Int = 0,
    /** The accesses that are asked about before they are ended; none while nothing is asked. */
    val asking: List<Grant> = emptyList(),
    val isLoading: Boolean = true,
    /** Nobody was reached: what is shown is what this phone knew last. */
    val isOffline: Boolean = false,
    val problem: Problem? = null,
) {
    /** What it can read under now or soon: also what was ended here, until a server has stopped it. */
    val open get() = grants.filter { it.isOpen }

    /** What it can't read under any more. */
    val ended get() = grants.filterNot { it.isOpen }

    /** What can still be ended. */
    val inForce get() = grants.filter { it.state.isInForce }

    /** Why it may not be given access, if so. */
    val blocked: Problem? get() = clinic?.standing?.blocked

    /** Whether it can be given access, and what it has can be made longer. */
    val canGive get() = clinic != null && blocked == null

    /** The part of [entries] that is shown. */
    val shownEntries get() = entries.orEmpty().let { if (showsAllEntries) it else it.take(FIRST_ENTRIES) }

    /** Whether something waits to be sent, or for the ledger's proof. */
    val isOnItsWay get() = grants.any { it.isOnItsWay || it.state == GrantState.REVOKING }

    /** Whether what the clinic did could not be fetched, so that [entries] are the owner's own. */
    val isOwnOnly get() = recordsRead.containsValue(null)

    private companion object {
        const val FIRST_ENTRIES = 8
    }
}

/** What is done on a clinic's page. */
sealed interface ClinicEvent {
    data object GiveAccess : ClinicEvent
    data class Extend(val id: GrantId) : ClinicEvent
    data class AskRevoke(val id: GrantId) : ClinicEvent
    data object AskRevokeAll : ClinicEvent
    data object ConfirmRevoke : ClinicEvent
    data object KeepAccess : ClinicEvent
    data object ShowAllEntries : ClinicEvent
    data object Retry : ClinicEvent
}

/** Gathers what is known of a clinic: first what this phone has, then what is proved of it now, then what it did. */
class ClinicModel(
    private val id: ClinicId,
    private val services: WalletServices,
    private val navigator: Navigator,
    private val revoking: Revoking,
    scope: CoroutineScope,
) : ScreenModel<ClinicState, ClinicEvent>(ClinicState(), scope) {
    private val consent = services.consent
    private val sync = DecisionsSync(consent, scope, { state.value.isOnItsWay }, { offline -> change { it.copy(isOffline = offline) } }, ::fail)
    private var loading: Job? = null

    init {
        scope.launch {
            consent.changes.collect {
                if (readGrants()) readLog()
                sync.goOn()
            }
        }
        scope.launch { consent.unsent.collect { unsent -> change { it.copy(unsent = unsent ?: 0) } } }
        scope.launch {
            services.clinics.keyChanges.collect { changed ->
                // Proving it is what tells: what is known already is not asked for again.
                if (changed == id && state.value.clinic?.standing != ClinicStanding.KEY_CHANGED) {
                    change { it.copy(isProved = false) }
                    prove()
                }
            }
        }
        load()
    }

    override fun on(event: ClinicEvent) {
        when (event) {
            ClinicEvent.GiveAccess -> if (state.value.canGive) navigator.open(Route.Grant(id))
            is ClinicEvent.Extend -> if (state.value.run { canGive && inForce.any { it.id == event.id } }) navigator.open(Route.Extend(event.id))
            is ClinicEvent.AskRevoke -> change { it.copy(asking = it.inForce.filter { grant -> grant.id == event.id }) }
            ClinicEvent.AskRevokeAll -> change { it.copy(asking = it.inForce) }
            ClinicEvent.KeepAccess -> change { it.copy(asking = emptyList()) }
            ClinicEvent.ConfirmRevoke -> revoke()
            ClinicEvent.ShowAllEntries -> change { it.copy(showsAllEntries = true) }
            ClinicEvent.Retry -> load()
        }
    }

    private fun revoke() {
        val asked = state.value.asking
        if (asked.isEmpty()) return
        change { it.copy(asking = emptyList(), problem = null) }
        scope.launch {
            revoking.end(asked.map { it.id })?.let(::fail)
            readGrants()
            sync.begin()
        }
    }

    private fun load() {
        loading?.cancel()
        change { it.copy(isLoading = true, problem = null) }
        loading = scope.launch {
            if (!readGrants()) return@launch
            prove()
            readLog()
            change { it.copy(isLoading = false) }
            sync.beginIfNeeded()
        }
    }

    private suspend fun readGrants(): Boolean {
        val own = consent.grants().orElse(::fail)?.filter { it.clinic == id } ?: return false
        change { it.copy(grants = own, clinic = it.clinic ?: own.firstOrNull()?.let { one -> Clinic(id, one.clinicName, null, ClinicStanding.LISTED) }) }
        return true
    }

    private suspend fun prove() {
        when (val proved = services.clinics.prove(id)) {
            is Outcome.Done -> change { it.copy(clinic = proved.value, isProved = proved.value.standing.blocked == null, isOffline = false) }
            is Outcome.Failed -> {
                change { it.copy(isProved = false) }
                showListed()
                when (proved.problem) {
                    Problem.Offline, Problem.NotConnected -> change { it.copy(isOffline = true) }
                    Problem.ClinicKeyChanged, Problem.ClinicSuspended -> change { it.copy(clinic = it.clinic?.after(proved.problem)) }
                    else -> fail(proved.problem)
                }
            }
        }
    }

    /** What the directory says of it, where that can be had; else what its accesses say is all. */
    private suspend fun showListed() {
        val listed = services.clinics.list().orElse { }?.find { it.id == id } ?: return
        change { it.copy(clinic = listed) }
    }

    private suspend fun readLog() {
        val activities = state.value.grants.associate { it.id to (services.log.activity(it.id).orElse(::fail) ?: return) }
        val entries = activities.values.flatMap { it.entries }.sortedByDescending { it.time }
        change { it.copy(entries = entries, recordsRead = activities.mapValues { (_, activity) -> activity.recordsRead }) }
    }

    private fun fail(problem: Problem) = change { it.copy(isLoading = false, problem = problem) }
}

/** Why no records may go to a clinic that stands so; null where they may. */
val ClinicStanding.blocked: Problem? get() = when (this) {
    ClinicStanding.LISTED, ClinicStanding.ACTIVE -> null
    ClinicStanding.SUSPENDED -> Problem.ClinicSuspended
    ClinicStanding.KEY_CHANGED -> Problem.ClinicKeyChanged
}
