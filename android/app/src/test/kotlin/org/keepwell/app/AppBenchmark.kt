package org.keepwell.app

import android.app.Application
import android.view.View
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.foundation.gestures.scrollBy
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Modifier
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import java.time.InstantSource
import java.util.Locale
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.junit.Assume.assumeTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.app.screens.HomePreview
import org.keepwell.app.screens.RecordsScreen
import org.keepwell.app.ui.KeepwellTheme
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Cursor
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordPage
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.screen.RecordsModel
import org.keepwell.wallet.service.RecordService
import org.keepwell.wallet.service.WalletServices
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowLooper.idleMainLooper

/** How fast screens are drawn, by `./dev bench android`: Android's framework code on a JVM, no phone. Prints rows for docs/benchmarks.md, and fails for no figure. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = Application::class, sdk = [35], qualifiers = "en-w360dp-h720dp-xhdpi")
class AppBenchmark {
    private val compose = createAndroidComposeRule<ComponentActivity>()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(EmptyActivity).around(compose)

    @Before
    fun onlyWhenAskedFor() = assumeTrue(System.getProperty("keepwell.bench") == "true")

    /** From an activity's creation to its content drawn, in milliseconds. */
    private fun firstFrame(content: @Composable () -> Unit): Double {
        val begun = System.nanoTime()
        val activity = Robolectric.buildActivity(ComponentActivity::class.java).create()
        activity.get().setContent(content = content)
        activity.start().resume().visible()
        idleMainLooper()
        picture(checkNotNull(activity.get().findViewById<View>(android.R.id.content))).recycle()
        val took = (System.nanoTime() - begun) / 1e6
        activity.pause().stop().destroy()
        return took
    }

    @Test
    fun theFirstFrameOfTheHome() {
        val empty: @Composable () -> Unit = { KeepwellTheme { Box(modifier = Modifier.fillMaxSize()) } }
        val home: @Composable () -> Unit = { HomePreview() }
        repeat(WARM_UP) {
            firstFrame(empty)
            firstFrame(home)
        }
        val (ofEmpty, ofHome) = (1..FRAMES).map { firstFrame(empty) to firstFrame(home) }.unzip().run { first.sorted()[FRAMES / 2] to second.sorted()[FRAMES / 2] }
        row("first frame of the home, against an empty Compose screen", "%.2f× (%.1f ms against %.1f ms)".format(Locale.ROOT, ofHome / ofEmpty, ofHome, ofEmpty), "≤ 1.5×", ofHome <= 1.5 * ofEmpty)
    }

    /** As many records as asked for, made when a page is read, which takes as long as [pageTakes] by the clock that draws the frames. */
    private class Many(private val inner: WalletServices, private val count: Int, private val pageTakes: Duration) : WalletServices by inner {
        private val pattern = FakeData.records.first { it.summary.category == Category.RESULTS }.summary

        override val records = object : RecordService by inner.records {
            override suspend fun page(query: RecordQuery): Outcome<RecordPage> {
                delay(pageTakes)
                val from = query.after?.value?.toInt() ?: 0
                val until = minOf(from + PAGE, count)
                val page = (from until until).map { pattern.copy(id = RecordId("%064x".format(it)), title = "Result $it") }
                return Outcome.Done(RecordPage(page, Cursor("$until").takeIf { until < count }))
            }
        }
    }

    @Test
    fun scrollingThroughManyRecords() = show(RECORDS, Duration.ZERO) { times, worst, seen ->
        row("scrolling $seen records, a whole screen each frame: frames without the next page", "$worst", "≤ 2", worst <= 2 && seen == RECORDS)
        val (early, late) = times.take(500).sorted()[250] to times.takeLast(500).sorted()[250]
        row("a frame among the last of them, against the first", "%.2f× (%.1f ms against %.1f ms)".format(Locale.ROOT, late / early, late, early), "", null)
    }

    /** What the figure above is worth: pages that come late show up in it, by about as many frames as they are late. */
    @Test
    fun scrollingWherePagesAreSlow() = show(FEW, SLOW) { _, worst, seen ->
        row("the same through $seen records whose pages take $SLOW each", "$worst", "> 2", worst > 2)
        check(worst > 2) { "a page that takes $SLOW was never waited for: what is printed above says nothing" }
    }

    /** Scrolls through [count] records by a screen each frame; [said] gets what each frame took in ms, the longest wait in frames, and how many were seen. */
    private fun show(count: Int, pageTakes: Duration, said: (times: List<Double>, worst: Int, seen: Int) -> Unit) {
        val list = LazyListState()
        val clock = InstantSource.fixed(FakeApplication.NOW)
        lateinit var model: RecordsModel
        lateinit var scope: CoroutineScope
        compose.mainClock.autoAdvance = false
        compose.setContent {
            scope = rememberCoroutineScope()
            model = remember {
                RecordsModel(Category.RESULTS, Many(FakeWallet(clock, unlocked = true), count, pageTakes), Navigator(), clock, scope)
            }
            val state by model.state.collectAsState()
            KeepwellTheme { RecordsScreen(state = state, home = null, onBack = {}, onLock = {}, onEvent = model::on, onHomeEvent = {}, list = list) }
        }
        while (model.state.value.records.isEmpty()) compose.mainClock.advanceTimeByFrame()
        repeat(10) { compose.mainClock.advanceTimeByFrame() }
        var behind = 0
        var worst = 0
        val times = ArrayList<Double>()
        while (list.canScrollForward || model.state.value.hasMore) {
            compose.runOnUiThread { scope.launch { list.scrollBy(compose.activity.window.decorView.height.toFloat()) } }
            val begun = System.nanoTime()
            compose.mainClock.advanceTimeByFrame()
            times += (System.nanoTime() - begun) / 1e6
            // The button below the last record, or the sign that more is read, is on the screen.
            val isBehind = model.state.value.hasMore && !list.canScrollForward
            behind = if (isBehind) behind + 1 else 0
            worst = maxOf(worst, behind)
            if (times.size > count) break
        }
        said(times, worst, model.state.value.records.size)
    }

    private fun row(work: String, measured: String, goal: String, isMet: Boolean?) =
        println("| $work | $measured | $goal | ${if (isMet == null) "" else if (isMet) "yes" else "**no**"} |")

    private companion object {
        const val WARM_UP = 12
        const val FRAMES = 15
        const val RECORDS = 100_000
        const val PAGE = 50

        /** Enough to come to the end of a page again and again. */
        const val FEW = 1_000

        /** Thirty frames. */
        val SLOW = 500.milliseconds
    }
}
