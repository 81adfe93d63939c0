package org.keepwell.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.wallet.navigation.SettingsPage
import org.keepwell.wallet.screen.SettingsEvent
import org.keepwell.wallet.screen.SettingsState

/** What can be set, each line with what is set now; locking comes first. */
@Composable
fun SettingsScreen(
    state: SettingsState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (SettingsEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    fun open(page: SettingsPage): () -> Unit = { onEvent(SettingsEvent.Open(page)) }
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.settings_title)) }
        item { LinkCard(title = stringResource(R.string.help_title), onClick = open(SettingsPage.HELP)) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(SettingsEvent.Retry) }) }
        }
        item { SectionHeading(text = stringResource(R.string.settings_locking)) }
        item { OtherButton(text = stringResource(R.string.lock_now), onClick = onLock) }
        if (state.hasBiometrics == true) item { PanicLock(onLock = { onEvent(SettingsEvent.PanicLock) }) }
        item {
            val after = state.autoLock?.let { stringResource(R.string.auto_lock_after, spanLabel(it.inFront)) }
            LinkCard(
                title = stringResource(R.string.auto_lock_title),
                onClick = open(SettingsPage.AUTO_LOCK),
                detail = if (state.autoLock?.inFront == null) state.autoLock?.let { spanLabel(null) } else after,
            )
        }
        item {
            LinkCard(
                title = stringResource(R.string.biometrics_title),
                onClick = open(SettingsPage.BIOMETRICS),
                detail = state.hasBiometrics?.let { stringResource(if (it) R.string.switched_on else R.string.switched_off) },
            )
        }
        item { LinkCard(title = stringResource(R.string.change_pin_title), onClick = open(SettingsPage.CHANGE_PIN)) }
        item { SectionHeading(text = stringResource(R.string.settings_lost_phone)) }
        item { LinkCard(title = stringResource(R.string.see_words_title), onClick = open(SettingsPage.WORDS)) }
        item { SectionHeading(text = stringResource(R.string.settings_records)) }
        item { LinkCard(title = stringResource(R.string.export_title), onClick = open(SettingsPage.EXPORT)) }
        item { LinkCard(title = stringResource(R.string.print_title), onClick = open(SettingsPage.PRINT)) }
        item { LinkCard(title = stringResource(R.string.erase_title), onClick = open(SettingsPage.ERASE)) }
        item { SectionHeading(text = stringResource(R.string.settings_app)) }
        item { LinkCard(title = stringResource(R.string.language_title), onClick = open(SettingsPage.LANGUAGE)) }
        item { LinkCard(title = stringResource(R.string.notices_title), onClick = open(SettingsPage.NOTICES)) }
        item { LinkCard(title = stringResource(R.string.privacy_title), onClick = open(SettingsPage.PRIVACY)) }
        item { LinkCard(title = stringResource(R.string.about_title), onClick = open(SettingsPage.ABOUT)) }
    }
}

@Composable
private fun PanicLock(onLock: () -> Unit, modifier: Modifier = Modifier) {
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(4.dp)) {
        OtherButton(text = stringResource(R.string.panic_lock), onClick = onLock)
        SecondaryText(text = stringResource(R.string.panic_lock_how))
    }
}
