package org.keepwell.app

import android.app.Application
import androidx.activity.ComponentActivity
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performTextInput
import kotlin.test.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.app.ui.KeepwellTheme
import org.keepwell.app.ui.SearchField
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** What a screen reader says of the field to search in. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = Application::class, sdk = [35])
class SearchFieldTest {
    private val compose = createAndroidComposeRule<ComponentActivity>()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(EmptyActivity).around(compose)

    @Test
    fun itsNameIsSaidOnceAndAlsoWhileSomethingStandsInIt() {
        var text by mutableStateOf("")
        compose.setContent { KeepwellTheme { SearchField(text = text, label = "Search clinics", onChange = { text = it }) } }
        val field = compose.onNodeWithTag("search")
        field.assertTextEquals("Search clinics", "")
        field.performTextInput("Eastside")
        field.assertTextEquals("Search clinics", "Eastside")
        assertEquals("Eastside", text)
    }
}
