package org.keepwell.wallet.screen

import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.ConsentService

/** Who has access, who had, and the question before revoking. */
data class AccessState(
    val grants: List<Grant> = emptyList(),
    val asking: Grant? = null,
    val isLoading: Boolean = true,
    /** Decided here, but nobody was reached yet: it is sent as soon as there is a network. */
    val isQueued: Boolean = false,
    val problem: Problem? = null,
) {
    /** Those who can read now or soon. */
    val inForce get() = grants.filter { it.state.isInForce }

    /** Whether something waits to be sent, or for the ledger's proof. */
    val isOnItsWay get() = isQueued || grants.any { it.state == GrantState.PENDING || it.state == GrantState.REVOKING || !it.delivered }

    /** Those that end or have ended. */
    val ended get() = grants.filterNot { it.state.isInForce }
}

/** What is done on the list of grants. */
sealed interface AccessEvent {
    data object New : AccessEvent
    data class AskRevoke(val id: GrantId) : AccessEvent
    data object ConfirmRevoke : AccessEvent
    data object KeepAccess : AccessEvent
    data object Retry : AccessEvent
}

/** Lists grants and revokes after asking; revoking works offline and is sent later. */
class AccessModel(
    private val consent: ConsentService,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<AccessState, AccessEvent>(AccessState(), scope) {
    private var loading: Job? = null
    private var syncing: Job? = null

    init {
        scope.launch {
            consent.changes.collect {
                load().join()
                if (state.value.isOnItsWay && syncing?.isActive != true) sync()
            }
        }
        load()
        sync()
    }

    override fun on(event: AccessEvent) {
        when (event) {
            AccessEvent.New -> navigator.open(Route.Clinics)
            is AccessEvent.AskRevoke -> change { it.copy(asking = it.inForce.find { grant -> grant.id == event.id }) }
            AccessEvent.KeepAccess -> change { it.copy(asking = null) }
            AccessEvent.ConfirmRevoke -> revoke()
            AccessEvent.Retry -> {
                load()
                sync()
            }
        }
    }

    private fun revoke() {
        val grant = state.value.asking ?: return
        change { it.copy(asking = null, problem = null) }
        scope.launch {
            consent.revoke(grant.id).orElse(::fail) ?: return@launch
            load()
            sync()
        }
    }

    private fun load(): Job {
        loading?.cancel()
        return scope.launch {
            val grants = consent.grants().orElse(::fail) ?: return@launch
            change { it.copy(grants = grants, isLoading = false) }
        }.also { loading = it }
    }

    /** Syncs until the ledger has proved what is on its way; without a network only that is said, and tried again. */
    private fun sync() {
        syncing?.cancel()
        syncing = scope.launch {
            do {
                when (val problem = consent.sync().problemOrNull()) {
                    null -> change { it.copy(isQueued = false) }
                    Problem.Offline, Problem.NotConnected -> change { it.copy(isQueued = true) }
                    else -> return@launch fail(problem)
                }
                load().join()
                delay(AGAIN)
            } while (state.value.isOnItsWay)
        }
    }

    private fun fail(problem: Problem) = change { it.copy(isLoading = false, problem = problem) }

    private companion object {
        val AGAIN = 5.seconds
    }
}
