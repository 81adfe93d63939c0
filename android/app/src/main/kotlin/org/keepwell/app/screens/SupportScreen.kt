package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.stringResource
import kotlin.math.roundToInt
import org.keepwell.app.Phone
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.wallet.screen.SupportState

/** What whoever helps may need to know, shown whole before it is sent. */
@Composable
fun SupportScreen(state: SupportState, phone: Phone, onBack: () -> Unit, modifier: Modifier = Modifier) {
    val lines = lines(state = state, phone = phone)
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.support_send),
                    onClick = { phone.send(lines.joinToString("\n") { (label, text) -> "$label: $text" }) },
                    isEnabled = !state.isLoading,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.support_title)) }
        item { SecondaryText(text = stringResource(R.string.support_body)) }
        if (state.isLoading) {
            item { BusyIndicator() }
        } else {
            item { InfoCard { lines.forEach { (label, text) -> LabeledText(label = label, text = text) } } }
        }
    }
}

@Composable
private fun lines(state: SupportState, phone: Phone): List<Pair<String, String>> = listOfNotNull(
    stringResource(R.string.app_name) to phone.version,
    stringResource(R.string.support_phone) to "${phone.model}, ${phone.system}",
    stringResource(R.string.language_title) to LocalConfiguration.current.locales[0].toLanguageTag(),
    stringResource(R.string.support_text_size) to "${(LocalDensity.current.fontScale * 100).roundToInt()} %",
    state.isConnected?.let { stringResource(R.string.support_connected) to stringResource(if (it) R.string.value_yes else R.string.value_no) },
    state.unsent?.let { stringResource(R.string.support_unsent) to it.toString() },
    state.hasBiometrics?.let {
        stringResource(R.string.biometrics_title) to stringResource(if (it) R.string.switched_on else R.string.switched_off)
    },
    state.autoLock?.let { stringResource(R.string.auto_lock_title) to "${spanLabel(it.inFront)}, ${spanLabel(it.inBackground)}" },
)
