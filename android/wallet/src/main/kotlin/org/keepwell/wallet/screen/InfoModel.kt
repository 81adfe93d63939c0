package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage

/** A page to read, which leads to others or, before a locked wallet, to none. */
data class InfoState(val page: SettingsPage, val leadsOn: Boolean = true)

/** What is done on it: going on to another page. */
data class InfoEvent(val open: SettingsPage)

/** A page to read, which may lead to another where there is a [navigator]. */
class InfoModel(page: SettingsPage, private val navigator: Navigator?, scope: CoroutineScope) :
    ScreenModel<InfoState, InfoEvent>(InfoState(page, leadsOn = navigator != null), scope) {
    override fun on(event: InfoEvent) {
        navigator?.open(Route.Setting(event.open))
    }
}
