"""What each method of the API's routes needs, in the form of tests/routes.py."""

API = """
api-index                             GET=read
api-me                                GET=read
api-schema                            GET=read
api-docs                              GET=read
api-board                             GET=read
api-comparisons                       GET=read
api-comparisons-many                  GET=read
api-comparison-judges                 GET=read POST=write:run
api-comparison-judges-preview         POST=read:run
api-model-list                        GET=read POST=write:write_facts
api-rule-set                          GET=read
api-rule-set-check                    POST=read:read
api-model-detail                      GET=read
api-model-version-by-name             GET=read PUT=push
api-model-version-list                GET=read
api-model-version-detail              GET=read
api-model-version-prices              POST=write:write_facts
api-model-steadiness                  GET=read
api-model-version-stage               POST=write:write_facts
api-provider-list                     GET=read
api-provider-detail                   GET=read
api-provider-health                   GET=read
api-dataset-list                      GET=read POST=write:write_facts
api-dataset-detail                    GET=read PATCH=write:write_facts
api-dataset-cases                     GET=read POST=write:write_facts
api-dataset-draft                     POST=write:write_facts
api-dataset-case                      PUT=write:write_facts PATCH=write:write_facts DELETE=write:write_facts
api-dataset-doubles                   GET=read
api-dataset-task-cases                POST=write:write_facts
api-dataset-publish                   POST=write:write_facts
api-dataset-retire                    POST=write:write_facts
api-log-list                          GET=read POST=write:write_facts
api-log-detail                        GET=read
api-log-import-detail                 GET=read
api-media-list                        POST=write:write_facts
api-media-detail                      GET=read
api-prompt-list                       GET=read POST=write:write_facts
api-prompt-detail                     GET=read
api-prompt-pin                        POST=write:write_facts
api-scorer-list                       GET=read POST=write:write_facts
api-scorer-detail                     GET=read
api-evaluation-list                   GET=read POST=write:write_facts
api-evaluation-detail                 GET=read
api-evaluation-cases                  GET=read
api-evaluation-rescore                POST=write:run
api-labelling                         GET=read POST=write:write_facts
api-claimed-score-list                GET=read POST=write:write_facts
api-claimed-score-detail              GET=read
api-claimed-score-withdraw            POST=write:write_facts
api-failure-mode-list                 GET=read POST=write:write_facts
api-failure-mode-detail               GET=read PATCH=write:write_facts
api-run-failure-modes                 GET=read
api-run-labels                        POST=write:write_facts
api-run-ratings                       GET=read POST=write:write_facts
api-run-promote                       POST=write:write_facts
api-suite-list                        GET=read POST=write:write_facts
api-suite-detail                      GET=read
api-round-list                        GET=read POST=write:run
api-round-preview                     POST=read:run
api-round-detail                      GET=read
api-round-summary                     GET=read
api-schedule-calendar                 GET=read
api-schedule-list                     GET=read POST=write:run
api-schedule-detail                   GET=read PATCH=write:run
api-schedule-preview                  GET=read
api-schedule-run-now                  POST=write:run
api-schedule-slots                    GET=read
api-run-list                          GET=read POST=push
api-run-detail                        GET=read
api-run-samples                       GET=read
api-run-results                       POST=push
api-run-finish                        POST=push
api-run-cancel                        POST=write:run
api-run-resume                        POST=write:run
api-run-retry                         POST=write:run
api-run-rescore                       POST=write:run
api-budget-list                       GET=read POST=admin:manage
api-budget-detail                     GET=read DELETE=admin:manage
api-spend                             GET=read
api-coverage                          GET=read
api-intent                            GET=read
api-changes                           GET=read
api-model-profile                     GET=read
api-training                          GET=read
api-expectations                      GET=read POST=write:read
api-gate                              GET=read POST=gate
api-product-list                      GET=read POST=write:write_requirements
api-product-detail                    GET=read
api-product-versions                  POST=write:write_requirements
api-requirement-brief                 GET=read
api-model-card                        GET=read
api-model-day                         GET=read
api-product-board                     GET=read
api-preferred-answers                 GET=read
api-product-export                    GET=read
api-product-import                    POST=write:write_requirements
api-capability-list                   GET=read POST=write:write_requirements
api-capability-detail                 GET=read PATCH=write:write_requirements DELETE=write:write_requirements
api-capability-decisions              GET=read
api-capability-place                  POST=write:write_requirements
api-capability-merge                  POST=write:write_requirements
api-objective-list                    GET=read POST=write:write_requirements
api-objective-detail                  GET=read PATCH=write:write_requirements DELETE=write:write_requirements
api-objective-place                   POST=write:write_requirements
api-requirement-list                  GET=read POST=write:write_requirements
api-requirement-detail                GET=read PATCH=write:write_requirements
api-requirement-submit                POST=write:write_requirements
api-requirement-approve               POST=write:write_requirements
api-requirement-send-back             POST=write:write_requirements
api-requirement-defer                 POST=write:write_requirements
api-requirement-reject                POST=write:write_requirements
api-requirement-retire                POST=write:write_requirements
api-requirement-reopen                POST=write:write_requirements
api-requirement-discard               POST=write:write_requirements
api-requirement-move                  POST=write:write_requirements
api-bulk-change-list                  GET=read POST=write:write_requirements
api-bulk-change-detail                GET=read
api-bulk-change-preview               POST=write:write_requirements
api-bulk-change-undo                  POST=write:write_requirements
api-lab-sheet-list                    GET=read POST=write:run
api-lab-sheet-detail                  GET=read PATCH=write:run DELETE=write:run
api-lab-sheet-answers                 GET=read
api-lab-sheet-preview                 POST=read:run
api-lab-sheet-repeats                 GET=read POST=write:run
api-lab-sheet-run                     POST=write:run
api-lab-sheet-score                   POST=write:run
api-lab-sheet-votes                   GET=read
api-lab-sheet-stop                    POST=write:run
api-saved-view-list                   GET=read POST=write:read
api-saved-view-detail                 GET=read PATCH=write:read DELETE=write:read
api-requirement-commitment            POST=write:write_facts
api-requirement-findings              GET=read
api-requirement-split                 POST=write:write_requirements
api-revisions                         GET=read
api-revision-restore                  POST=write:write_requirements
api-packs                             GET=read
api-pack-drafts                       POST=write:write_requirements
api-criteria                          GET=read POST=write:write_requirements
api-criterion                         GET=read PATCH=write:write_requirements DELETE=write:write_requirements
api-criterion-evidence                POST=write:write_requirements
api-criterion-confirm                 POST=write:write_requirements
api-links                             GET=read POST=write:write_requirements
api-link                              DELETE=write:write_requirements
api-link-confirm                      POST=write:write_requirements
api-dependencies                      GET=read
api-reviews                           GET=read POST=write:approve
api-requirement-comments              GET=read POST=write:read
api-comment-list                      GET=read
api-comment-detail                    GET=read PATCH=write:read
api-comment-reply                     POST=write:read
api-comment-answer                    POST=write:read
api-comment-resolve                   POST=write:read
api-comment-reopen                    POST=write:read
api-comment-withdraw                  POST=write:read
api-activity                          GET=read
api-notice-list                       GET=read
api-notice-detail                     GET=read
api-notice-read                       POST=write:read
api-notice-settings                   GET=read PATCH=write:read
api-letter-list                       GET=admin:manage
api-letter-detail                     GET=admin:manage
api-letter-retry                      POST=admin:manage
api-watch-list                        GET=read POST=write:read
api-review-withdraw                   POST=write:approve
api-review-requests                   GET=read POST=write:write_requirements
api-review-request                    DELETE=write:write_requirements
api-reviews-waiting                   GET=read
api-rival-set-list                    GET=read POST=write:write_requirements
api-rival-set-detail                  GET=read
api-baseline-list                     GET=read POST=write:write_requirements
api-baseline-detail                   GET=read
api-baseline-close                    POST=write:write_requirements
api-baseline-plan                     GET=read
api-baseline-compare                  GET=read
api-baseline-release                  GET=read
api-sign-offs                         GET=read POST=write:approve
api-sign-off-withdraw                 POST=write:approve
api-shared-link-list                  GET=read POST=write:write_requirements
api-shared-link-detail                GET=read
api-shared-link-revoke                POST=write:write_requirements
api-problem-list                      GET=read POST=write:write_requirements
api-problem-detail                    GET=read PATCH=write:write_requirements
api-problem-assess                    POST=write:write_requirements
api-problem-assessments               GET=read
api-problem-decline                   POST=write:write_requirements
api-problem-reopen                    POST=write:write_requirements
api-problem-drafts                    POST=write:write_requirements
api-problem-remarks                   POST=write:read
api-requirement-remarks               GET=read POST=write:read
api-remark-list                       GET=read
api-remark-detail                     GET=read
api-remark-settle                     POST=write:write_requirements
api-verdict-list                      GET=read
api-verdict-detail                    GET=read
api-waiver-list                       GET=read POST=write:approve
api-waiver-detail                     GET=read
api-waiver-revoke                     POST=write:approve
api-discovery-list                    GET=read POST=write:write_facts
api-discovery-detail                  GET=read
api-discovery-suggested               GET=read POST=write:write_facts
api-discovery-tries                   GET=read POST=write:write_facts
api-discovery-judge                   POST=write:write_facts
api-discovery-measures                GET=read POST=write:write_facts
api-discovery-move                    POST=write:write_facts
api-discovery-package                 POST=write:write_requirements
api-discovery-retry                   POST=write:write_facts
api-discovery-dismiss                 POST=write:write_facts
api-discovery-reopen                  POST=write:write_facts
api-discovery-note                    POST=write:write_facts
"""
