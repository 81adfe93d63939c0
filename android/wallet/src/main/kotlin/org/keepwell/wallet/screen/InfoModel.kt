package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.LedgerQuestions
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage
import org.keepwell.wallet.service.StatusService

/** A page to read, which leads to others or, before a locked wallet, to none. */
data class InfoState(
    val page: SettingsPage,
    val leadsOn: Boolean = true,
    /** How this wallet asks about clinics, on the page that says who learns what; null where that is not known. */
    val ledgerQuestions: LedgerQuestions? = null,
)

/** What is done on it: going on to another page. */
data class InfoEvent(val open: SettingsPage)

/** A page to read, which may lead to another where there is a [navigator]. */
class InfoModel(page: SettingsPage, private val navigator: Navigator?, status: StatusService, scope: CoroutineScope) :
    ScreenModel<InfoState, InfoEvent>(InfoState(page, leadsOn = navigator != null), scope) {
    init {
        if (page == SettingsPage.PRIVACY) {
            scope.launch {
                // What can't be learned is left out.
                val questions = status.ledgerQuestions().orElse { }
                change { it.copy(ledgerQuestions = questions) }
            }
        }
    }

    override fun on(event: InfoEvent) {
        navigator?.open(Route.Setting(event.open))
    }
}
