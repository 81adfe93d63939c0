package org.keepwell.app

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import org.keepwell.app.screens.AccessScreen
import org.keepwell.app.screens.ClinicsScreen
import org.keepwell.app.screens.GrantScreen
import org.keepwell.app.screens.LogScreen
import org.keepwell.app.screens.RecordScreen
import org.keepwell.app.screens.RecordsScreen
import org.keepwell.app.screens.RecoveryScreen
import org.keepwell.app.screens.ScanScreen
import org.keepwell.app.screens.ShareScreen
import org.keepwell.app.screens.UnlockScreen
import org.keepwell.app.ui.AppSurface
import org.keepwell.app.ui.KeepwellTheme
import org.keepwell.app.ui.TabBar
import org.keepwell.app.ui.TabItem
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.screen.AccessModel
import org.keepwell.wallet.screen.AppModel
import org.keepwell.wallet.screen.ClinicsModel
import org.keepwell.wallet.screen.GrantModel
import org.keepwell.wallet.screen.GrantScreenEvent
import org.keepwell.wallet.screen.LogModel
import org.keepwell.wallet.screen.RecordModel
import org.keepwell.wallet.screen.RecordsModel
import org.keepwell.wallet.screen.RecoveryEvent
import org.keepwell.wallet.screen.ScanModel
import org.keepwell.wallet.screen.ScreenModel
import org.keepwell.wallet.screen.ShareModel

/** The app: the unlock screen or the way around it, or the place where the person is, with the tabs where it is one of them. */
@Composable
fun KeepwellApp(model: AppModel, askForCamera: () -> Unit, camera: @Composable (onCode: (String) -> Unit) -> Unit) {
    val isUnlocked by model.isUnlocked.collectAsState()
    val isRecovering by model.isRecovering.collectAsState()
    val routes by model.navigator.routes.collectAsState()
    KeepwellTheme {
        AppSurface {
            if (isUnlocked) {
                Column {
                    Box(Modifier.weight(1f)) { Place(model, routes.last(), askForCamera, camera) }
                    if (routes.size == 1) {
                        TabBar(TABS, Route.TABS.indexOf(routes.last())) { model.navigator.select(Route.TABS[it]) }
                    }
                }
            } else if (isRecovering) {
                val recovery = model.recovery()
                BackHandler { recovery.on(RecoveryEvent.Back) }
                RecoveryScreen(recovery.current(), recovery::on)
            } else {
                val unlock = model.unlock()
                UnlockScreen(unlock.current(), model::recover, unlock::on)
            }
        }
    }
}

@Composable
private fun Place(app: AppModel, route: Route, askForCamera: () -> Unit, camera: @Composable (onCode: (String) -> Unit) -> Unit) {
    val back: () -> Unit = { app.navigator.back() }
    BackHandler(route !in Route.TABS) { back() }
    when (val model = app.of(route)) {
        is RecordsModel -> RecordsScreen(model.current(), back.takeIf { route is Route.InCategory }, app::lock, model::on)
        is RecordModel -> RecordScreen(model.current(), back, app::lock, model::on)
        is AccessModel -> AccessScreen(model.current(), app::lock, model::on)
        is ClinicsModel -> ClinicsScreen(model.current(), back, app::lock, model::on)
        is ScanModel -> {
            LaunchedEffect(model) { askForCamera() }
            ScanScreen(model.current(), back, model::on, camera)
        }
        is GrantModel -> {
            BackHandler { model.on(GrantScreenEvent.Back) }
            GrantScreen(model.current(), app::lock, app::recover, model::on)
        }
        is ShareModel -> ShareScreen(model.current(), app::lock, model::on)
        is LogModel -> LogScreen(model.current(), app::lock, model::on)
    }
}

@Composable
private fun <State : Any> ScreenModel<State, *>.current(): State {
    val now by state.collectAsState()
    return now
}

private val TABS = listOf(
    TabItem(R.drawable.ic_records, R.string.tab_records),
    TabItem(R.drawable.ic_access, R.string.tab_access),
    TabItem(R.drawable.ic_qr, R.string.tab_share),
    TabItem(R.drawable.ic_log, R.string.tab_log),
)
