package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.ConsentService

/** A grant that was just made, the [former] one that it makes longer, and whether anybody was reached who can go on with it. */
data class GrantedState(val grant: Grant? = null, val former: Grant? = null, val isOffline: Boolean = false, val problem: Problem? = null) {
    /** Whether the longer access stands, and the earlier one was not ended with it. */
    val hasBoth get() = grant?.isGiven == true && former?.state?.isInForce == true

    /** Whether the longer one is over, and the earlier one is not: the clinic can read under that. */
    val hasOnlyFormer get() = grant?.state?.isInForce == false && former?.state?.isInForce == true

    /** Whether what was decided here has yet to take effect. */
    val isOnItsWay get() = grant?.isOnItsWay == true || former?.isStillOpen == true
}

/** What is done there. */
sealed interface GrantedEvent {
    data object Retry : GrantedEvent
    data object OpenClinic : GrantedEvent

    /** Ends the earlier access, now that the longer one stands or is over. */
    data object EndFormer : GrantedEvent
    data object Finish : GrantedEvent
}

/** Follows a grant until the ledger proves it and the clinic was told; only then access is given. */
class GrantedModel(
    private val id: GrantId,
    private val former: GrantId?,
    private val consent: ConsentService,
    private val navigator: Navigator,
    private val revoking: Revoking,
    scope: CoroutineScope,
) : ScreenModel<GrantedState, GrantedEvent>(GrantedState(), scope) {
    private val sync = DecisionsSync(
        consent, scope, { state.value.run { problem == null && isOnItsWay } }, { offline -> change { it.copy(isOffline = offline) } }, ::fail,
    )

    init {
        scope.launch { consent.changes.collect { load() } }
        follow()
    }

    override fun on(event: GrantedEvent) {
        when (event) {
            GrantedEvent.Retry -> follow()
            GrantedEvent.OpenClinic -> state.value.grant?.let { navigator.open(Route.Clinic(it.clinic)) }
            GrantedEvent.EndFormer -> if (state.value.run { hasBoth || hasOnlyFormer }) endFormer()
            GrantedEvent.Finish -> navigator.select(Route.Access)
        }
    }

    /** Syncs until it is given. */
    private fun follow() {
        change { it.copy(problem = null) }
        scope.launch {
            load()
            sync.beginIfNeeded()
        }
    }

    private fun endFormer() {
        val ended = former ?: return
        change { it.copy(problem = null) }
        scope.launch {
            revoking.end(listOf(ended))?.let { return@launch fail(it) }
            load()
            sync.begin()
        }
    }

    private suspend fun load() {
        val grants = consent.grants().orElse(::fail) ?: return
        val grant = grants.find { it.id == id } ?: return fail(Problem.NotFound("NoSuchGrant"))
        change { it.copy(grant = grant, former = grants.find { one -> one.id == former }) }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }
}
