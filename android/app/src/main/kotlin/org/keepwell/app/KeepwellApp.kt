package org.keepwell.app

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.compose.ui.Modifier
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.clearAndSetSemantics
import org.keepwell.app.screens.AccessScreen
import org.keepwell.app.screens.AddScreen
import org.keepwell.app.screens.AddSourceScreen
import org.keepwell.app.screens.AskedScreen
import org.keepwell.app.screens.AttachmentScreen
import org.keepwell.app.screens.AutoLockScreen
import org.keepwell.app.screens.ClinicScreen
import org.keepwell.app.screens.ClinicsScreen
import org.keepwell.app.screens.ExtendScreen
import org.keepwell.app.screens.GrantScreen
import org.keepwell.app.screens.GrantedScreen
import org.keepwell.app.screens.HealthScreen
import org.keepwell.app.screens.ImportScreen
import org.keepwell.app.screens.InfoScreen
import org.keepwell.app.screens.LogScreen
import org.keepwell.app.screens.NoticesScreen
import org.keepwell.app.screens.PasteLinkScreen
import org.keepwell.app.screens.RecordScreen
import org.keepwell.app.screens.RecordsScreen
import org.keepwell.app.screens.RecoveryScreen
import org.keepwell.app.screens.ScanScreen
import org.keepwell.app.screens.ScanTexts
import org.keepwell.app.screens.SettingsScreen
import org.keepwell.app.screens.ShareScreen
import org.keepwell.app.screens.SignedInScreen
import org.keepwell.app.screens.SourceScreen
import org.keepwell.app.screens.SourcesScreen
import org.keepwell.app.screens.SupportScreen
import org.keepwell.app.screens.UnlockScreen
import org.keepwell.app.ui.AppSurface
import org.keepwell.app.ui.BackHandler
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.KeepwellTheme
import org.keepwell.app.ui.LocalIsCovered
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.TabBar
import org.keepwell.app.ui.TabItem
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.screen.AccessModel
import org.keepwell.wallet.screen.AddSourceModel
import org.keepwell.wallet.screen.AppModel
import org.keepwell.wallet.screen.AskedModel
import org.keepwell.wallet.screen.AttachmentModel
import org.keepwell.wallet.screen.AutoLockModel
import org.keepwell.wallet.screen.BiometricsModel
import org.keepwell.wallet.screen.ChangePinModel
import org.keepwell.wallet.screen.CheckWordsModel
import org.keepwell.wallet.screen.ClinicModel
import org.keepwell.wallet.screen.ClinicsModel
import org.keepwell.wallet.screen.ConnectModel
import org.keepwell.wallet.screen.EraseModel
import org.keepwell.wallet.screen.ExportModel
import org.keepwell.wallet.screen.ExtendEvent
import org.keepwell.wallet.screen.ExtendModel
import org.keepwell.wallet.screen.GrantModel
import org.keepwell.wallet.screen.GrantScreenEvent
import org.keepwell.wallet.screen.GrantedEvent
import org.keepwell.wallet.screen.GrantedModel
import org.keepwell.wallet.screen.HealthEvent
import org.keepwell.wallet.screen.HealthModel
import org.keepwell.wallet.screen.ImportEvent
import org.keepwell.wallet.screen.ImportModel
import org.keepwell.wallet.screen.ImportsModel
import org.keepwell.wallet.screen.InfoModel
import org.keepwell.wallet.screen.LogModel
import org.keepwell.wallet.screen.NoticesModel
import org.keepwell.wallet.screen.PasteLinkModel
import org.keepwell.wallet.screen.PrintModel
import org.keepwell.wallet.screen.RecordModel
import org.keepwell.wallet.screen.RecordsModel
import org.keepwell.wallet.screen.RecoveryEvent
import org.keepwell.wallet.screen.ScanModel
import org.keepwell.wallet.screen.ScreenModel
import org.keepwell.wallet.screen.SettingsModel
import org.keepwell.wallet.screen.ShareModel
import org.keepwell.wallet.screen.ShareScreenEvent
import org.keepwell.wallet.screen.ShareStep
import org.keepwell.wallet.screen.SignedInModel
import org.keepwell.wallet.screen.SourceEvent
import org.keepwell.wallet.screen.SourceModel
import org.keepwell.wallet.screen.SourcesModel
import org.keepwell.wallet.screen.SupportModel

/**
 * The app: the first launch, the unlock screen or the way around it, or the place where the person is, with the tabs where it is one of them.
 *
 * [onTellMe] asks for leave to tell the person something later; null where it is given, or was just refused.
 */
@Composable
fun KeepwellApp(
    model: AppModel,
    askForCamera: () -> Unit,
    askForFile: () -> Unit,
    askForPlace: (kind: ExportKind, fileName: String) -> Unit,
    askForHealth: () -> Unit,
    phone: Phone,
    modifier: Modifier = Modifier,
    onTellMe: (() -> Unit)? = null,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    val isCovered by model.isCovered.collectAsState()
    KeepwellTheme {
        AppSurface(modifier = modifier) {
            Covered(isCovered = isCovered) {
                Screen(
                    model = model,
                    askForCamera = askForCamera,
                    askForFile = askForFile,
                    askForPlace = askForPlace,
                    askForHealth = askForHealth,
                    phone = phone,
                    onTellMe = onTellMe,
                    camera = camera,
                )
            }
        }
    }
}

/** What is below stays as it is, and is neither seen nor read out nor touched while it [isCovered]. */
@Composable
private fun Covered(isCovered: Boolean, modifier: Modifier = Modifier, content: @Composable () -> Unit) {
    Box(modifier = modifier.fillMaxSize()) {
        CompositionLocalProvider(LocalIsCovered provides isCovered) {
            Box(modifier = if (isCovered) Modifier.clearAndSetSemantics {} else Modifier) { content() }
        }
        if (isCovered) {
            Surface(modifier = Modifier.fillMaxSize().pointerInput(Unit) {}, color = MaterialTheme.colorScheme.background) {}
        }
    }
}

/** The first launch, what stands before a locked wallet, or the place where the person is. */
@Composable
private fun Screen(
    model: AppModel,
    askForCamera: () -> Unit,
    askForFile: () -> Unit,
    askForPlace: (kind: ExportKind, fileName: String) -> Unit,
    askForHealth: () -> Unit,
    phone: Phone,
    onTellMe: (() -> Unit)?,
    modifier: Modifier = Modifier,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    val isStarting by model.isStarting.collectAsState()
    val isUnlocked by model.isUnlocked.collectAsState()
    val isRecovering by model.isRecovering.collectAsState()
    val isErasing by model.isErasing.collectAsState()
    val isHelping by model.isHelping.collectAsState()
    val isLocking by model.isLocking.collectAsState()
    val isEnding by model.isEnding.collectAsState()
    val isErased by model.isErased.collectAsState()
    Box(modifier = modifier) {
        when {
            isStarting == true -> StartJourney(
                start = model.start(),
                isErased = isErased,
                phone = phone,
                askForCamera = askForCamera,
                camera = camera,
            )
            // One that is about to lock shows the pad already: what is typed there is tried once it has locked.
            isUnlocked && !isLocking -> Places(
                model = model,
                askForCamera = askForCamera,
                askForFile = askForFile,
                askForPlace = askForPlace,
                askForHealth = askForHealth,
                phone = phone,
                onTellMe = onTellMe,
                camera = camera,
            )
            isErasing -> ErasePlace(model = model.erase(), onRecover = model::recover)
            isEnding -> ScreenFrame { item { ScreenTitle(text = stringResource(R.string.erase_going)) }; item { BusyIndicator() } }
            isRecovering -> {
                val recovery = model.recovery()
                BackHandler { recovery.on(RecoveryEvent.Back) }
                RecoveryScreen(state = recovery.current(), onGiveUp = model::giveUp, onEvent = recovery::on)
            }
            isHelping -> {
                BackHandler { model.showHelp(false) }
                InfoScreen(state = model.help().current(), phone = phone, onBack = { model.showHelp(false) }, onEvent = {})
            }
            isStarting == false -> {
                val unlock = model.unlock()
                UnlockScreen(state = unlock.current(), onRecover = model::recover, onHelp = { model.showHelp(true) }, onEvent = unlock::on)
            }
        }
    }
}

@Composable
private fun Places(
    model: AppModel,
    askForCamera: () -> Unit,
    askForFile: () -> Unit,
    askForPlace: (kind: ExportKind, fileName: String) -> Unit,
    askForHealth: () -> Unit,
    phone: Phone,
    onTellMe: (() -> Unit)?,
    modifier: Modifier = Modifier,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    val routes by model.navigator.routes.collectAsState()
    Column(modifier = modifier) {
        Kept(routes = routes, modifier = Modifier.weight(1f)) {
            Place(
                app = model,
                route = routes.last(),
                askForCamera = askForCamera,
                askForFile = askForFile,
                askForPlace = askForPlace,
                askForHealth = askForHealth,
                phone = phone,
                onTellMe = onTellMe,
                camera = camera,
            )
        }
        if (routes.size == 1) {
            MainTabs(selected = routes.last(), onSelect = model.navigator::select)
        }
    }
}

/** The main places, below each of them. */
@Composable
internal fun MainTabs(selected: Route, onSelect: (Route) -> Unit, modifier: Modifier = Modifier) {
    TabBar(
        tabs = TABS,
        selected = Route.TABS.indexOf(selected),
        onSelect = { onSelect(Route.TABS[it]) },
        modifier = modifier,
    )
}

/** What is on the screen, with lists where they were left for as long as one can go back to them. */
@Composable
private fun Kept(routes: List<Route>, modifier: Modifier = Modifier, place: @Composable () -> Unit) {
    val holder = rememberSaveableStateHolder()
    val kept = remember { HashSet<String>() }
    // A place by its number in the stack and its kind: Android saves that, and it says nothing of what is shown there.
    val keys = routes.mapIndexed { at, route -> "$at ${route.javaClass.name}" }
    LaunchedEffect(keys) {
        (kept - keys.toSet()).forEach(holder::removeState)
        kept.retainAll(keys.toSet())
        kept += keys.last()
    }
    Box(modifier = modifier) { holder.SaveableStateProvider(key = keys.last(), content = place) }
}

@Composable
private fun Place(
    app: AppModel,
    route: Route,
    askForCamera: () -> Unit,
    askForFile: () -> Unit,
    askForPlace: (kind: ExportKind, fileName: String) -> Unit,
    askForHealth: () -> Unit,
    phone: Phone,
    modifier: Modifier = Modifier,
    onTellMe: (() -> Unit)? = null,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    val back: () -> Unit = { app.navigator.back() }
    val settings: () -> Unit = { app.navigator.open(Route.Settings) }
    BackHandler(enabled = route !in Route.TABS, onBack = back)
    Box(modifier = modifier) {
        when (val model = app.of(route)) {
            is RecordsModel -> RecordsScreen(
                state = model.current(),
                home = model.home?.current(),
                onBack = back.takeIf { route != Route.Records },
                onLock = app::lock,
                onEvent = model::on,
                onHomeEvent = { model.home?.on(it) },
                onSettings = settings.takeIf { route == Route.Records },
            )
            is AttachmentModel -> AttachmentScreen(
                state = model.current(),
                openPages = phone::openPages,
                onBack = back,
                onLock = app::lock,
                onSave = phone::chooseCopy,
                onEvent = model::on,
            )
            is RecordModel -> RecordScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is AccessModel -> AccessScreen(state = model.current(), onLock = app::lock, onEvent = model::on, onTellMe = onTellMe)
            is ClinicsModel -> ClinicsScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is ClinicModel -> ClinicScreen(
                state = model.current(),
                onBack = back,
                onLock = app::lock,
                onEvent = model::on,
                onTellMe = onTellMe,
            )
            is ScanModel -> {
                LaunchedEffect(model) { askForCamera() }
                val texts = if (route == Route.Scan) ScanTexts.CLINIC else ScanTexts.RECORDS
                ScanScreen(state = model.current(), texts = texts, onBack = back, onEvent = model::on, camera = camera)
            }
            is AskedModel -> AskedScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is ExtendModel -> {
                BackHandler { model.on(ExtendEvent.Back) }
                ExtendScreen(state = model.current(), onLock = app::lock, onRecover = app::recover, onEvent = model::on)
            }
            is GrantedModel -> {
                BackHandler { model.on(GrantedEvent.Finish) }
                GrantedScreen(state = model.current(), onLock = app::lock, onEvent = model::on)
            }
            is ImportsModel -> AddScreen(
                state = model.current(),
                onBack = back,
                onLock = app::lock,
                onFile = askForFile,
                onCode = { app.navigator.open(Route.ScanLink) },
                onLink = { app.navigator.open(Route.PasteLink) },
                onSources = { app.navigator.open(Route.Sources) },
                onHealth = { app.navigator.open(Route.Health) }.takeIf { app.hasHealth },
                onEvent = model::on,
            )
            is PasteLinkModel -> PasteLinkScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is SourcesModel -> SourcesScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is AddSourceModel -> AddSourceScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is SignedInModel -> SignedInScreen(state = model.current(), onLock = app::lock, onEvent = model::on)
            is SourceModel -> {
                BackHandler { model.on(SourceEvent.Leave) }
                SourceScreen(state = model.current(), onLock = app::lock, onEvent = model::on)
            }
            is HealthModel -> {
                BackHandler { model.on(HealthEvent.Back) }
                HealthScreen(state = model.current(), onAsk = askForHealth, onLock = app::lock, onEvent = model::on)
            }
            is ImportModel -> {
                BackHandler { model.on(ImportEvent.Cancel) }
                ImportScreen(state = model.current(), onLock = app::lock, onEvent = model::on)
            }
            is ConnectModel -> ConnectPlace(model = model, onRecover = app::recover, askForCamera = askForCamera, camera = camera)
            is CheckWordsModel -> WordsPlace(model = model, isQuiz = route == Route.CheckWords, onRecover = app::recover)
            is SettingsModel -> SettingsScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is AutoLockModel -> AutoLockScreen(state = model.current(), onBack = back, onLock = app::lock, onEvent = model::on)
            is ChangePinModel -> ChangePinPlace(model = model, onRecover = app::recover)
            is BiometricsModel -> BiometricsPlace(model = model, onRecover = app::recover)
            is NoticesModel ->
                NoticesScreen(state = model.current(), phone = phone, onTellMe = onTellMe, onBack = back, onEvent = model::on)
            is InfoModel -> InfoScreen(state = model.current(), phone = phone, onBack = back, onEvent = model::on)
            is SupportModel -> SupportScreen(state = model.current(), phone = phone, onBack = back)
            is ExportModel -> SaveRecordsPlace(model = model, onPlace = askForPlace, onRecover = app::recover)
            is PrintModel -> PrintPlace(model = model, onPrint = phone::print, onRecover = app::recover)
            is EraseModel -> ErasePlace(model = model, onRecover = app::recover)
            is GrantModel -> {
                BackHandler { model.on(GrantScreenEvent.Back) }
                GrantScreen(state = model.current(), onLock = app::lock, onRecover = app::recover, onEvent = model::on)
            }
            is ShareModel -> {
                val state = model.current()
                BackHandler(enabled = state.step != ShareStep.CHOOSE) { model.on(ShareScreenEvent.Back) }
                ShareScreen(state = state, onLock = app::lock, onRecover = app::recover, onEvent = model::on)
            }
            is LogModel -> LogScreen(state = model.current(), onLock = app::lock, onEvent = model::on, onSettings = settings)
        }
    }
}

/** What the model's screen shows now. */
@Composable
internal fun <ScreenState : Any> ScreenModel<ScreenState, *>.current(): ScreenState {
    val now by state.collectAsState()
    return now
}

private val TABS = listOf(
    TabItem(icon = R.drawable.ic_records, name = R.string.tab_records),
    TabItem(icon = R.drawable.ic_access, name = R.string.tab_access),
    TabItem(icon = R.drawable.ic_qr, name = R.string.tab_share),
    TabItem(icon = R.drawable.ic_log, name = R.string.tab_log),
)
