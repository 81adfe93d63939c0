package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.AutoLockState

@ScreenPreviews
@Composable
internal fun AutoLockPreview() = Choosing(state = AutoLockState(FakeData.CHOICES, AutoLock(5.minutes, 1.minutes), isBusy = false))

@ScreenPreviews
@Composable
internal fun AutoLockOtherPreview() = Choosing(state = AutoLockState(FakeData.CHOICES, AutoLock(null, 30.seconds), isBusy = false))

@ScreenPreviews
@Composable
internal fun AutoLockLoadingPreview() = Choosing(state = AutoLockState(FakeData.CHOICES))

@ScreenPreviews
@Composable
internal fun AutoLockErrorPreview() =
    Choosing(state = AutoLockState(FakeData.CHOICES, AutoLock(5.minutes, 1.minutes), isBusy = false, problem = Problem.DiskFull))

@Composable
private fun Choosing(state: AutoLockState) = PreviewFrame { AutoLockScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
