package org.keepwell.wallet.screen

import java.time.InstantSource
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.ConsentService
import org.keepwell.wallet.service.ShareService

/** Who has access, who had, and the question before revoking. */
data class AccessState(
    val grants: List<Grant> = emptyList(),
    /** How many codes open records to whoever has them. */
    val openCodes: Int = 0,
    /** How many decisions have yet to reach a server. */
    val unsent: Int = 0,
    val asking: Grant? = null,
    val isLoading: Boolean = true,
    /** Nobody was reached: what is shown is what this phone knew last. */
    val isOffline: Boolean = false,
    val problem: Problem? = null,
) {
    /** Those who can read now or soon: also whose access was ended here, until a server has stopped it. */
    val open get() = grants.filter { it.isOpen }

    /** Those who can't read any more. */
    val ended get() = grants.filterNot { it.isOpen }

    /** Whether the clinic of one that has ended can read under another: it was made longer, or given anew. */
    fun hasAnother(ended: Grant) = open.any { it.clinic == ended.clinic }

    /** Whether it is known that nobody can read. */
    val hasNobody get() = !isLoading && problem == null && open.isEmpty() && openCodes == 0

    /** Whether something waits to be sent, or for the ledger's proof. */
    val isOnItsWay get() = unsent > 0 || grants.any { it.isOnItsWay || it.state == GrantState.REVOKING }
}

/** What is done on the list of grants. */
sealed interface AccessEvent {
    data object New : AccessEvent
    data object OpenCodes : AccessEvent
    data class OpenClinic(val id: ClinicId) : AccessEvent
    data class Extend(val id: GrantId) : AccessEvent
    data class AskRevoke(val id: GrantId) : AccessEvent
    data object ConfirmRevoke : AccessEvent
    data object KeepAccess : AccessEvent
    data object Retry : AccessEvent
}

/** Lists grants and revokes after asking; revoking works offline and is sent later. */
class AccessModel(
    private val consent: ConsentService,
    private val shares: ShareService,
    private val clock: InstantSource,
    private val navigator: Navigator,
    private val revoking: Revoking,
    scope: CoroutineScope,
) : ScreenModel<AccessState, AccessEvent>(AccessState(), scope) {
    private var loading: Job? = null
    private val sync = DecisionsSync(consent, scope, { state.value.isOnItsWay }, { offline -> change { it.copy(isOffline = offline) } }, ::fail)

    init {
        scope.launch {
            consent.changes.collect {
                load().join()
                sync.goOn()
            }
        }
        scope.launch { consent.unsent.collect { unsent -> change { it.copy(unsent = unsent ?: 0) } } }
        load()
        sync.begin()
    }

    override fun on(event: AccessEvent) {
        when (event) {
            AccessEvent.New -> navigator.open(Route.Clinics)
            AccessEvent.OpenCodes -> navigator.select(Route.Share)
            is AccessEvent.OpenClinic -> navigator.open(Route.Clinic(event.id))
            is AccessEvent.Extend -> navigator.open(Route.Extend(event.id))
            is AccessEvent.AskRevoke ->
                change { it.copy(asking = it.grants.find { grant -> grant.id == event.id && grant.state.isInForce }) }
            AccessEvent.KeepAccess -> change { it.copy(asking = null) }
            AccessEvent.ConfirmRevoke -> revoke()
            AccessEvent.Retry -> {
                change { it.copy(problem = null) }
                load()
                sync.begin()
            }
        }
    }

    private fun revoke() {
        val grant = state.value.asking ?: return
        change { it.copy(asking = null, problem = null) }
        scope.launch {
            revoking.end(listOf(grant.id))?.let { return@launch fail(it) }
            load()
            sync.begin()
        }
    }

    private fun load(): Job {
        loading?.cancel()
        return scope.launch {
            val grants = consent.grants().orElse(::fail) ?: return@launch
            val codes = shares.list().orElse(::fail) ?: return@launch
            val now = clock.instant()
            change { it.copy(grants = grants, openCodes = codes.count { code -> code.isOpen(now) }, isLoading = false) }
        }.also { loading = it }
    }

    private fun fail(problem: Problem) = change { it.copy(isLoading = false, problem = problem) }
}
