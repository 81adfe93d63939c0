package org.keepwell.wallet.screen

import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.ConsentService

/** A grant that was just made, and whether anybody was reached who can go on with it. */
data class GrantedState(val grant: Grant? = null, val isOffline: Boolean = false, val problem: Problem? = null)

/** What is done there. */
sealed interface GrantedEvent {
    data object Retry : GrantedEvent
    data object Finish : GrantedEvent
}

/** Follows a grant until the ledger proves it and the clinic was told; only then access is given. */
class GrantedModel(
    private val id: GrantId,
    private val consent: ConsentService,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<GrantedState, GrantedEvent>(GrantedState(), scope) {
    init {
        scope.launch { consent.changes.collect { load() } }
        follow()
    }

    override fun on(event: GrantedEvent) {
        when (event) {
            GrantedEvent.Retry -> follow()
            GrantedEvent.Finish -> navigator.select(Route.Access)
        }
    }

    /** Syncs until it is given; a sync does not keep the wallet from locking, and reading would. */
    private fun follow() {
        change { it.copy(problem = null) }
        scope.launch {
            load()
            while (state.value.run { problem == null && grant?.isOnItsWay == true }) {
                when (val problem = consent.sync().problemOrNull()) {
                    null -> change { it.copy(isOffline = false) }
                    Problem.Offline, Problem.NotConnected -> change { it.copy(isOffline = true) }
                    else -> return@launch fail(problem)
                }
                delay(AGAIN)
            }
        }
    }

    private suspend fun load() {
        val grants = consent.grants().orElse(::fail) ?: return
        val grant = grants.find { it.id == id } ?: return fail(Problem.NotFound("NoSuchGrant"))
        change { it.copy(grant = grant) }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }

    private companion object {
        val AGAIN = 5.seconds
    }
}
