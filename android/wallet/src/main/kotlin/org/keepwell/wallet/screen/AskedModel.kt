package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.draft
import org.keepwell.wallet.service.ConsentService

/** What a clinic's code asks for, while it is being proved. */
data class AskedState(val problem: Problem? = null)

/** What is done meanwhile. */
sealed interface AskedEvent {
    data object Retry : AskedEvent
}

/** Has what a clinic asks for proved, and goes on to granting it or less. */
class AskedModel(
    private val code: String,
    private val consent: ConsentService,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<AskedState, AskedEvent>(AskedState(), scope) {
    private var loading: Job? = null

    init {
        load()
    }

    override fun on(event: AskedEvent) {
        when (event) {
            AskedEvent.Retry -> load()
        }
    }

    private fun load() {
        loading?.cancel()
        change { it.copy(problem = null) }
        loading = scope.launch {
            val asked = consent.takeRequest(code).orElse { problem -> change { it.copy(problem = problem) } } ?: return@launch
            // Whoever went back meanwhile does not want it.
            if (navigator.routes.value.last() == Route.Asked(code)) navigator.replace(Route.Grant(asked.clinic, asked.draft()))
        }
    }
}
