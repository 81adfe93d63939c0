package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import kotlin.time.Duration.Companion.days
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.navigation.draft
import org.keepwell.wallet.screen.GrantScreenState
import org.keepwell.wallet.screen.GrantStep
import org.keepwell.wallet.screen.PinState

@ScreenPreviews
@Composable
internal fun GrantLoadingPreview() {
    val state = GrantScreenState(FakeData.CHOICES, draft = DRAFT)
    PreviewFrame { GrantScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantOfflinePreview() {
    val state = GrantScreenState(FakeData.CHOICES, draft = DRAFT, problem = Problem.Offline)
    PreviewFrame { GrantScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantTermsPreview() {
    PreviewFrame { GrantScreen(state = TERMS, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantAskedPreview() {
    val asked = AccessRequest(
        RequestId("0e".repeat(16)), FakeData.northside.id, setOf(Category.ALLERGIES, Category.MEDICATIONS, Category.GENOMICS), Purpose.TREATMENT, 8.days,
    )
    PreviewFrame { GrantScreen(state = TERMS.copy(draft = asked.draft()), onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantRefusedPreview() {
    PreviewFrame { GrantScreen(state = TERMS.copy(step = GrantStep.REFUSED), onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantBlockedPreview() {
    val state = TERMS.copy(clinic = FakeData.changed)
    PreviewFrame { GrantScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantReviewPreview() {
    val (seen, hidden) = PreviewData.PREVIEWED.partition { it.category in DRAFT.categories }
    val state = TERMS.copy(
        step = GrantStep.REVIEW,
        preview = GrantPreview(seen = seen, hidden = hidden.sumOf { it.records.size.toLong() }, along = 2),
    )
    PreviewFrame { GrantScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantConfirmPreview() {
    val state = TERMS.copy(step = GrantStep.CONFIRM, pin = PinState(entered = 6))
    PreviewFrame { GrantScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

private val DRAFT = FakeData.CHOICES.draft(PreviewData.GRANTED_CATEGORIES.toSet())

private val TERMS = GrantScreenState(FakeData.CHOICES, clinic = FakeData.northside, draft = DRAFT, counts = PreviewData.COUNTS)
