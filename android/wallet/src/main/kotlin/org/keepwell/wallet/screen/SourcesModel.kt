package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.SourceService

/** The clinics whose records come from their own servers. */
data class SourcesState(val sources: List<Source> = emptyList(), val isLoading: Boolean = true, val problem: Problem? = null)

/** What is done with them. */
sealed interface SourcesEvent {
    data class Open(val id: SourceId) : SourcesEvent
    data object Add : SourcesEvent
    data object Retry : SourcesEvent
}

/** Lists these clinics and leads to each. */
class SourcesModel(private val service: SourceService, private val navigator: Navigator, scope: CoroutineScope) :
    ScreenModel<SourcesState, SourcesEvent>(SourcesState(), scope) {
    private var loading: Job? = null

    init {
        // Also again: what is fetched or let go of one place further is to be seen here.
        scope.launch { navigator.routes.collect { if (it.last() == Route.Sources) load() } }
    }

    override fun on(event: SourcesEvent) {
        when (event) {
            is SourcesEvent.Open -> navigator.open(Route.Source(event.id))
            SourcesEvent.Add -> navigator.open(Route.AddSource)
            SourcesEvent.Retry -> load()
        }
    }

    private fun load() {
        loading?.cancel()
        loading = scope.launch {
            val sources = service.list().orElse { problem -> change { it.copy(isLoading = false, problem = problem) } } ?: return@launch
            change { SourcesState(sources, isLoading = false) }
        }
    }
}
