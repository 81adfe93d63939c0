package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.screen.HealthEvent
import org.keepwell.wallet.screen.HealthState
import org.keepwell.wallet.screen.HealthStep

/** What other apps have put together on this phone: explained, asked for, shown by its kinds, and taken in. [onAsk] asks the phone's leave. */
@Composable
fun HealthScreen(state: HealthState, onAsk: () -> Unit, onLock: () -> Unit, onEvent: (HealthEvent) -> Unit, modifier: Modifier = Modifier) {
    when (state.step) {
        HealthStep.EXPLAIN -> Explain(state = state, onAsk = onAsk, onLock = onLock, onEvent = onEvent, modifier = modifier)
        HealthStep.READING -> ScreenFrame(modifier = modifier, onBack = { onEvent(HealthEvent.Back) }, onLock = onLock) {
            item { ScreenTitle(text = stringResource(R.string.health_title)) }
            item { BusyIndicator() }
        }
        HealthStep.FOUND -> Found(state = state, onAsk = onAsk, onLock = onLock, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun Explain(state: HealthState, onAsk: () -> Unit, onLock: () -> Unit, onEvent: (HealthEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(HealthEvent.Back) },
        onLock = onLock,
        bottomBar = { BottomBar { MainButton(text = stringResource(R.string.health_look), onClick = onAsk) } },
    ) {
        item { ScreenTitle(text = stringResource(R.string.health_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item { Text(text = stringResource(R.string.health_body), style = MaterialTheme.typography.bodyLarge) }
        item { SecondaryText(text = stringResource(R.string.health_own)) }
    }
}

@Composable
private fun Found(state: HealthState, onAsk: () -> Unit, onLock: () -> Unit, onEvent: (HealthEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(HealthEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                if (state.counts.isEmpty()) {
                    MainButton(text = stringResource(R.string.retry), onClick = onAsk)
                } else {
                    MainButton(text = stringResource(R.string.import_accept), onClick = { onEvent(HealthEvent.Add) })
                }
                OtherButton(text = stringResource(R.string.cancel), onClick = { onEvent(HealthEvent.Back) })
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(if (state.counts.isEmpty()) R.string.health_none else R.string.health_found)) }
        if (state.isRefused) {
            item { Notice(text = stringResource(R.string.health_refused), tone = Tone.WARNING) }
        } else {
            if (state.counts.isNotEmpty()) {
                item {
                    InfoCard {
                        KINDS.forEach { (kind, name) ->
                            state.counts[kind]?.let { LabeledText(label = stringResource(name), text = "$it") }
                        }
                    }
                }
            }
            if (state.refused.isNotEmpty()) {
                item {
                    val names = KINDS.filterKeys { it in state.refused }.values.map { stringResource(it) }
                    Notice(text = stringResource(R.string.health_refused_some, names.joinToString()), tone = Tone.INFO)
                }
            }
        }
    }
}

private val KINDS = mapOf(
    HealthKind.BLOOD_PRESSURE to R.string.health_blood_pressure,
    HealthKind.HEART_RATE to R.string.health_heart_rate,
    HealthKind.BODY_WEIGHT to R.string.health_body_weight,
    HealthKind.BODY_HEIGHT to R.string.health_body_height,
    HealthKind.BLOOD_GLUCOSE to R.string.health_blood_glucose,
    HealthKind.OXYGEN_SATURATION to R.string.health_oxygen_saturation,
    HealthKind.BODY_TEMPERATURE to R.string.health_body_temperature,
    HealthKind.CLINIC_RECORDS to R.string.health_clinic_records,
)
