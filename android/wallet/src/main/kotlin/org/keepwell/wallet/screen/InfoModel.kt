package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage

/** A page to read. */
data class InfoState(val page: SettingsPage)

/** What is done on it: going on to another page. */
data class InfoEvent(val open: SettingsPage)

/** A page to read, which may lead to another. */
class InfoModel(page: SettingsPage, private val navigator: Navigator, scope: CoroutineScope) :
    ScreenModel<InfoState, InfoEvent>(InfoState(page), scope) {
    override fun on(event: InfoEvent) = navigator.open(Route.Setting(event.open))
}
