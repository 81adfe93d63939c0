package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.screen.BiometricsEvent
import org.keepwell.wallet.screen.BiometricsState

/** Opening by a finger or a face: what that means, on or off, and the PIN before it goes on. */
@Composable
fun BiometricsScreen(state: BiometricsState, onRecover: () -> Unit, onEvent: (BiometricsEvent) -> Unit, modifier: Modifier = Modifier) {
    if (state.isConfirming) {
        PinScreen(
            title = stringResource(R.string.biometrics_title),
            body = stringResource(R.string.biometrics_pin),
            action = stringResource(R.string.biometrics_enable),
            state = state.pin,
            onBack = { onEvent(BiometricsEvent.Back) },
            onRecover = onRecover,
            onEvent = { onEvent(BiometricsEvent.Pin(it)) },
            modifier = modifier,
        )
    } else {
        Switching(state = state, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun Switching(state: BiometricsState, onEvent: (BiometricsEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(BiometricsEvent.Back) },
        bottomBar = {
            BottomBar {
                when (state.isOn) {
                    true -> OtherButton(
                        text = stringResource(R.string.biometrics_disable),
                        onClick = { onEvent(BiometricsEvent.SwitchOff) },
                        isEnabled = !state.isBusy,
                    )
                    false -> MainButton(
                        text = stringResource(R.string.biometrics_enable),
                        onClick = { onEvent(BiometricsEvent.SwitchOn) },
                        isEnabled = !state.isBusy,
                    )
                    null -> Unit
                }
                if (state.wasLost) QuietButton(text = stringResource(R.string.connect_later), onClick = { onEvent(BiometricsEvent.Back) })
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.biometrics_title)) }
        state.isOn?.let { isOn ->
            item {
                Text(
                    text = stringResource(if (isOn) R.string.biometrics_is_on else R.string.biometrics_is_off),
                    modifier = Modifier.semantics { liveRegion = LiveRegionMode.Polite },
                    style = MaterialTheme.typography.titleMedium,
                )
            }
        }
        if (state.wasLost) item { Notice(text = stringResource(R.string.biometrics_again), tone = Tone.WARNING) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(BiometricsEvent.Retry) }.takeIf { state.isOn == null }) }
        }
        item { Text(text = stringResource(R.string.biometrics_body), style = MaterialTheme.typography.bodyLarge) }
        item {
            InfoCard {
                IconText(icon = R.drawable.ic_lock, text = stringResource(R.string.biometrics_pin_stays))
                IconText(icon = R.drawable.ic_warning, text = stringResource(R.string.biometrics_others))
            }
        }
        if (state.isBusy) item { BusyIndicator() }
    }
}
