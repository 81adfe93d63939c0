package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage
import org.keepwell.wallet.service.SafetyService

/** The list of settings, with what is set; null until that is known. */
data class SettingsState(val hasBiometrics: Boolean? = null, val autoLock: AutoLock? = null, val problem: Problem? = null)

/** What is done on the list of settings. */
sealed interface SettingsEvent {
    data class Open(val page: SettingsPage) : SettingsEvent

    /** Locks so that only PIN and words open. */
    data object PanicLock : SettingsEvent

    data object Retry : SettingsEvent
}

/** Leads to what can be set; [panicLock] outlives this, because locking ends it. */
class SettingsModel(
    private val safety: SafetyService,
    private val navigator: Navigator,
    private val panicLock: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<SettingsState, SettingsEvent>(SettingsState(), scope) {
    init {
        // Also whenever the person comes back from what was set there.
        scope.launch { navigator.routes.collect { if (it.last() == Route.Settings) load() } }
    }

    override fun on(event: SettingsEvent) {
        when (event) {
            is SettingsEvent.Open -> navigator.open(Route.Setting(event.page))
            SettingsEvent.PanicLock -> panicLock()
            SettingsEvent.Retry -> scope.launch { load() }
        }
    }

    private suspend fun load() {
        change { it.copy(problem = null) }
        val has = safety.hasBiometrics().orElse { problem -> change { it.copy(problem = problem) } }
        val after = safety.autoLock().orElse { problem -> change { it.copy(problem = problem) } }
        change { it.copy(hasBiometrics = has ?: it.hasBiometrics, autoLock = after ?: it.autoLock) }
    }
}
