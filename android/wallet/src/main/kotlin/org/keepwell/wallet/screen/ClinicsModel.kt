package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.ClinicService

/** Step 1 of granting: the directory, and what of it [search] finds. */
data class ClinicsState(
    val search: String = "",
    val clinics: List<Clinic> = emptyList(),
    val found: List<Clinic> = clinics,
    val isLoading: Boolean = true,
    val problem: Problem? = null,
) {
    /** Whether no clinic fits. */
    val isNothingFound get() = !isLoading && problem == null && found.isEmpty()
}

/** What is done on the list of clinics. */
sealed interface ClinicsEvent {
    data class Search(val text: String) : ClinicsEvent
    data class Choose(val id: ClinicId) : ClinicsEvent
    data object Scan : ClinicsEvent
    data object Retry : ClinicsEvent
}

/** Lists clinics and goes on with the chosen one; one that may not be granted to leads to its page, which says why. */
class ClinicsModel(
    private val clinics: ClinicService,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<ClinicsState, ClinicsEvent>(ClinicsState(), scope) {
    private var loading: Job? = null

    init {
        load()
    }

    override fun on(event: ClinicsEvent) {
        when (event) {
            is ClinicsEvent.Search -> change { it.copy(search = event.text, found = clinics.find(it.clinics, event.text)) }
            is ClinicsEvent.Choose -> {
                val chosen = state.value.clinics.find { it.id == event.id } ?: return
                navigator.open(if (chosen.standing.blocked == null) Route.Grant(chosen.id) else Route.Clinic(chosen.id))
            }
            ClinicsEvent.Scan -> navigator.open(Route.Scan)
            ClinicsEvent.Retry -> load()
        }
    }

    private fun load() {
        loading?.cancel()
        change { it.copy(isLoading = true, problem = null) }
        loading = scope.launch {
            val listed = clinics.list().orElse { problem -> change { it.copy(isLoading = false, problem = problem) } } ?: return@launch
            change { it.copy(isLoading = false, clinics = listed, found = clinics.find(listed, it.search)) }
        }
    }
}
